/** What one of three gateways does with a call of the matrix. */
export type GatewayDoes = number | 'transport error' | 'no address' | 'no 1xx' | 'rings on';
export const POLICIES = ['default', 'next on all', 'final on all'] as const;
export type MatrixPolicy = (typeof POLICIES)[number];

/** The statuses of the matrix, by what the rules below say of them. */
export const STATUSES = [
  ...[300, 302, 400, 401, 403, 404, 407, 408, 410, 480, 484, 486, 487, 488],
  ...[500, 502, 503, 504, 600, 603, 604, 606],
] as const;
export const TROUBLES = ['transport error', 'no address', 'no 1xx', 'rings on'] as const;
/** What the gateways before it answer: no policy has a word on it, so that the search goes on. */
export const BEFORE = 599;

/** What a call of the matrix must come to. */
export interface Expected {
  /** What each gateway that is asked does, in their order. */
  readonly asked: readonly GatewayDoes[];
  readonly status: number;
  /** `X-Dialplane-Reason`; empty where a carrier said it. */
  readonly reason: string;
}

// Written by hand from decision C22 and ADR 0019, not from the code that decides.
const ENDS_BY_DEFAULT: readonly GatewayDoes[] = [404, 410, 484, 486, 487, 600, 603, 604, 606, 'rings on'];

function goesOn(does: GatewayDoes, policy: MatrixPolicy): boolean {
  // The caller is gone, whatever a rule says; and who cannot be found can have said nothing.
  if (does === 487) return false;
  if (does === 'no address') return true;
  if (policy === 'default') return !ENDS_BY_DEFAULT.includes(does);
  return policy === 'next on all';
}

const HEARD_AS_SAID: readonly GatewayDoes[] = [403, 404, 410, 480, 484, 486, 600, 603, 604, 606];

function heard(does: GatewayDoes): Pick<Expected, 'status' | 'reason'> {
  if (does === 'rings on') return { status: 480, reason: 'ring_timeout' };
  if (does === 488) return { status: 488, reason: 'not_acceptable' };
  if (does === 487) return { status: 480, reason: '' };
  if (typeof does === 'number' && HEARD_AS_SAID.includes(does)) return { status: does, reason: '' };
  return { status: 503, reason: 'no_carrier' };
}

/** The gateways that are asked when the one at `position` (1 to 3) does this, those before it fail and those behind it answer. */
export function expectedOf(does: GatewayDoes, position: number, policy: MatrixPolicy): Expected {
  const until = [...Array.from({ length: position - 1 }, () => BEFORE), does];
  if (position < 3 && goesOn(does, policy)) return { asked: [...until, 200], status: 200, reason: '' };
  return { asked: until, ...heard(does) };
}
