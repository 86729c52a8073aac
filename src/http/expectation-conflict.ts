/** What tenants are told where a change would break an expectation: whose it is and what it says is the platform's to see. */
export const EXPECTATION_CONFLICT = {
  kind: 'conflict',
  code: 'expectation_failed',
  detail: 'Calls would no longer be decided as the platform expects; nothing was changed. Ask the platform.',
} as const;
