import type { Command, Patch, Step, Who } from './life-cycle-commands.ts';

const A = 0;
const A1 = 1;
const A2 = 2;
const B = 3;
const as = (index: number): Who => ({ as: 'any', index });
const buy = (number: number, account: number, face: 'kros' | 'vobiz' | 'telnyx', when: 'now' | 'second_before' | 'at_the_end' = 'now') =>
  ({ do: 'buy', number, who: as(account), face, when }) as const;
const patch = (number: number, who: number | null, given: Patch, match: 'none' | 'current' | 'stale' = 'none') =>
  ({ do: 'patch', number, who: who === null ? null : as(who), patch: given, match }) as const;
const release = (number: number, account: number, face: 'kros' | 'vobiz', match: 'none' | 'current' | 'stale' = 'none') =>
  ({ do: 'release', number, who: as(account), face, match }) as const;
const move = (what: 'assign' | 'unassign', number: number, sub: number, more: object = {}) =>
  ({ do: what, number, who: as(A), sub, force: false, by: 'key', when: 'now', ...more }) as const;
const ring = (number: number) => ({ do: 'ring', number }) as const;
const hangUp = (number: number) => ({ do: 'hang_up', number }) as const;
const turn = (account: number, disabled: boolean) => ({ do: 'account', account, disabled }) as const;
const force = { force: true, by: 'force_token' } as const;
const DAY_MS = 86_400_000;

const commands: readonly Command[] = [
  // Bought in each face, refused in each.
  buy(0, A, 'kros'),
  buy(0, B, 'telnyx'),
  buy(0, A, 'vobiz'),
  buy(0, A1, 'kros'),
  buy(3, A, 'kros'),
  buy(3, A, 'vobiz'),
  buy(3, A1, 'telnyx'),
  { do: 'credit', account: A, amountMinor: 100 },
  // To the last cent.
  buy(3, A, 'vobiz'),
  { do: 'credit', account: A, amountMinor: 900 },
  { do: 'credit', account: A, amountMinor: -5000 },
  { do: 'credit', account: A1, amountMinor: 5 },
  buy(1, B, 'telnyx'),
  // Flags, destinations, suspensions: the tenant's and the platform's.
  patch(0, A, { allowOutbound: true, allowInbound: false, endpoint: A, suspended: true }, 'current'),
  patch(0, A, { allowOutbound: true, suspended: true }),
  patch(0, A, { allowInbound: true }, 'stale'),
  patch(0, A, { endpoint: A1 }),
  patch(0, B, { allowInbound: true }),
  patch(0, null, { suspended: true, labels: true, lock: true }),
  patch(0, null, { suspended: true }, 'current'),
  patch(0, null, { allowInbound: true }, 'stale'),
  patch(0, null, { endpoint: B }),
  patch(2, null, { allowInbound: true }),
  patch(0, A, { suspended: false }),
  ring(0),
  release(0, A, 'kros'),
  release(0, A, 'vobiz'),
  // Nothing of it goes along but what the platform put on it.
  move('assign', 0, A1),
  patch(0, null, { suspended: false }),
  patch(0, A, { suspended: false, allowOutbound: true, endpoint: A1 }),
  ring(0),
  move('unassign', 0, A1),
  hangUp(0),
  move('unassign', 0, A1, { when: 'second_before' }),
  move('unassign', 0, A1, { force: true }),
  move('unassign', 0, A1, { who: as(A1) }),
  move('unassign', 0, A1, { who: as(B) }),
  move('unassign', 0, A1, force),
  move('unassign', 0, A1),
  // Forced out of one sub-account, it cools off before the next; the one that had it may have it back.
  move('assign', 0, A2, { when: 'second_before' }),
  move('assign', 0, A2, { force: true }),
  move('assign', 0, A1),
  move('unassign', 0, A1, { force: true, by: 'platform' }),
  move('assign', 0, A2, force),
  move('unassign', 0, A2, { ...force, when: 'at_the_end' }),
  turn(A2, true),
  turn(A2, true),
  move('assign', 0, A2),
  turn(A2, false),
  move('assign', 0, A2),
  // Given back after a call: for its last holder at once, for everybody else at the end.
  ring(0),
  { do: 'wait', ms: DAY_MS },
  hangUp(0),
  release(0, A2, 'vobiz', 'stale'),
  release(0, A2, 'kros', 'stale'),
  release(0, B, 'kros'),
  release(0, B, 'vobiz'),
  release(0, A, 'vobiz', 'current'),
  buy(0, A, 'kros'),
  buy(0, A2, 'telnyx'),
  release(0, A2, 'kros', 'current'),
  buy(0, B, 'vobiz', 'second_before'),
  buy(0, B, 'vobiz', 'at_the_end'),
  // A disabled account is out, and its numbers do not ring.
  turn(B, true),
  ring(0),
  patch(0, B, { allowOutbound: true }),
  release(0, B, 'kros'),
  release(0, B, 'vobiz'),
  buy(2, B, 'kros'),
  buy(2, 4, 'vobiz'),
  buy(2, B, 'telnyx'),
  turn(B, false),
  ring(0),
  // Given back in the middle of a call: nobody's until it is over, and then its last holder's.
  release(0, B, 'vobiz'),
  buy(0, B, 'vobiz'),
  release(0, B, 'kros'),
  hangUp(0),
  buy(0, B, 'vobiz'),
  // Long after its last call it waits for nobody.
  { do: 'wait', ms: 16 * DAY_MS },
  release(0, B, 'kros'),
];

/** Where random histories begin: three numbers in three hands, the fourth in stock. */
export const BOUGHT: readonly Command[] = [buy(0, A, 'kros'), buy(1, A1, 'telnyx'), buy(2, B, 'vobiz')];

/** A life that meets every answer there is, whatever the random ones meet. */
export const STORY: readonly Step[] = commands.map((command, index) => [command, index % 5, true]);

/** Every answer of a face to a command in this life. */
export const EVERY_ANSWER: readonly string[] = [
  'admin account ok',
  'admin account ok, unchanged',
  'admin credit insufficient_balance',
  'admin credit ok',
  'admin credit wrong_state',
  'admin patch endpoint_not_found',
  'admin patch ok',
  'admin patch ok, unchanged',
  'admin patch precondition_failed',
  'admin patch wrong_state',
  'kros buy forbidden',
  'kros buy insufficient_balance',
  'kros buy not_in_stock',
  'kros buy ok',
  'kros patch endpoint_not_found',
  'kros patch forbidden',
  'kros patch not_found',
  'kros patch number_suspended',
  'kros patch ok',
  'kros patch ok, unchanged',
  'kros patch precondition_failed',
  'kros release forbidden',
  'kros release locked',
  'kros release not_found',
  'kros release ok',
  'kros release precondition_failed',
  'telnyx buy forbidden',
  'telnyx buy insufficient_balance',
  'telnyx buy not_in_stock',
  'telnyx buy ok',
  'vobiz assign cool_off',
  'vobiz assign forbidden',
  'vobiz assign not_found',
  'vobiz assign ok',
  'vobiz buy forbidden',
  'vobiz buy insufficient_balance',
  'vobiz buy not_in_stock',
  'vobiz buy ok',
  'vobiz release forbidden',
  'vobiz release locked',
  'vobiz release not_found',
  'vobiz release ok',
  'vobiz release precondition_failed',
  'vobiz unassign cool_off',
  'vobiz unassign forbidden',
  'vobiz unassign not_found',
  'vobiz unassign ok',
];
