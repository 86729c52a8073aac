import type { Options } from './command.ts';
import type { Given } from './given.ts';

/** Filters that lists and exports of calls share. */
export const CALL_OPTIONS: Options = {
  number: { type: 'string' },
  account: { type: 'string' },
  direction: { type: 'string' },
  live: { type: 'boolean' },
  outcome: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
};

/** The query that they make. */
export const callQuery = (given: Given) => ({
  number: given.text('number'),
  account_id: given.text('account'),
  direction: given.choice('direction', ['inbound', 'outbound', 'internal']),
  live: given.has('live') ? ('true' as const) : undefined,
  outcome: given.choice('outcome', ['completed', 'refused', 'failed', 'cancelled', 'agent_lost']),
  since: given.text('since'),
  until: given.text('until'),
});
