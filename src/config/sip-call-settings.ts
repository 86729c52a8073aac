import { choice, integer } from './setting.ts';

const policies = ['refuse', 'handle', 'relay'] as const;

/** What the platform says of calls that are up. */
export const sipCalls = {
  maxCallSeconds: integer('Longest life of a call, in seconds; accounts, numbers, trunk groups and gateways may say less.', 1, 86_400),
  referFromCarriers: choice(
    'What becomes of a REFER (transfer) of a carrier whose trunk group says nothing: refused, carried out by us, or passed on.',
    policies,
  ),
  referFromAccounts: choice(
    'The same of a phone, an endpoint or a customer; a transfer that we carry out is a call that the account pays for.',
    policies,
  ),
};
