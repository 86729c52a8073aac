import type { Command, Patch, Who } from './life-cycle-commands.ts';

/** A master with two sub-accounts, and one with one: the parent of each account. */
export const PARENTS: readonly (number | null)[] = [null, 0, 0, null, 3];
/** Setup and monthly fee of each number, in minor units. */
export const FEES: readonly (readonly [number, number])[] = [
  [100, 200],
  [0, 0],
  [50, 0],
  [400, 100],
];
export const CREDIT_MINOR = 700;
export const COOL_OFF_MS = 15 * 86_400_000;

/** Who holds a number, and with whom its master is paid for. */
export interface Hands {
  readonly owner: number;
  readonly sub: number | null;
}

export interface ModelNumber {
  hands: Hands | null;
  last: Hands | null;
  /** Sorted. */
  suspendedBy: readonly ('platform' | 'tenant')[];
  availableAt: number | null;
  allowInbound: boolean;
  allowOutbound: boolean;
  /** Account whose endpoint it is. */
  endpoint: number | null;
  tags: readonly string[];
  reference: string | null;
  lock: boolean;
  /** The last call as Postgres and as Redis know it. */
  storedCallAt: number | null;
  redisCallAt: number | null;
  liveCalls: number;
  /** Given back in the middle of a call: nobody's to use or to buy until its last call is over (decision B6). */
  releasing: boolean;
  /** Sub-accounts that had it before, and its last call when it left them. */
  past: { readonly sub: number; readonly from: number; readonly lastCallAt: number | null }[];
  since: number;
  version: number;
  everOwned: boolean;
  /** Counts the SIP logins made for it. */
  logins: number;
}

export interface Model {
  readonly numbers: ModelNumber[];
  readonly disabled: boolean[];
  readonly walletMinor: number[];
  readonly accountVersions: number[];
  /** Ledger transactions of each account. */
  readonly transactions: number[];
}

/** What every new holder starts with. */
export const CLEAN = {
  allowInbound: true,
  allowOutbound: false,
  endpoint: null,
  tags: [],
  reference: null,
  lock: false,
  suspendedBy: [],
} as const;

/** Nobody has a number, and masters have money. */
export const newModel = (): Model => ({
  numbers: FEES.map(() => ({
    ...CLEAN,
    hands: null,
    last: null,
    availableAt: null,
    storedCallAt: null,
    redisCallAt: null,
    liveCalls: 0,
    releasing: false,
    past: [],
    since: 0,
    version: 1,
    everOwned: false,
    logins: 0,
  })),
  disabled: PARENTS.map(() => false),
  walletMinor: PARENTS.map((parent) => (parent === null ? CREDIT_MINOR : 0)),
  accountVersions: PARENTS.map(() => 1),
  transactions: PARENTS.map((parent) => (parent === null ? 1 : 0)),
});

/** The holder that an account is when it buys. */
export const handsOf = (account: number): Hands => {
  const parent = PARENTS[account] ?? null;
  return parent === null ? { owner: account, sub: null } : { owner: parent, sub: account };
};
const sameHands = (a: Hands | null, b: Hands | null): boolean => a !== null && b !== null && a.owner === b.owner && a.sub === b.sub;
/** The account that has it in hands. */
export const holderOf = ({ owner, sub }: Hands): number => sub ?? owner;

/** The account that a command means by "its holder" or "its parent" when it comes to be played. */
export function whoIs({ numbers }: Model, number: number, who: Who): number {
  const one = numbers[number] as ModelNumber;
  const hands = one.hands ?? one.last;
  if (hands === null || who.as === 'any') return who.index;
  return who.as === 'holder' ? holderOf(hands) : hands.owner;
}

const isOwned = ({ hands }: ModelNumber): boolean => hands !== null;
const APT: Readonly<Partial<Record<Command['do'], (one: ModelNumber) => boolean>>> = {
  buy: ({ hands }) => hands === null,
  assign: ({ hands }) => hands !== null && hands.sub === null,
  unassign: ({ hands }) => hands !== null && hands.sub !== null,
  patch: isOwned,
  release: isOwned,
  ring: isOwned,
  hang_up: ({ liveCalls }) => liveCalls > 0,
};

/** The same command for a number in a state it is meant for, and a sub-account of that number's owner, where there is one. */
export function aim<C extends Command>(model: Model, command: C): C {
  if (!('number' in command)) return command;
  const apt = [...model.numbers.keys()].filter((index) => APT[command.do]?.(numberAt(model, index)));
  const number = apt[command.number % Math.max(1, apt.length)] ?? command.number;
  if (command.do !== 'assign') return { ...command, number };
  const children = [...PARENTS.keys()].filter((index) => PARENTS[index] === numberAt(model, number).hands?.owner);
  return { ...command, number, sub: children[command.sub % Math.max(1, children.length)] ?? command.sub };
}

/** The number of an index; commands have no others. */
export const numberAt = (model: Model, index: number): ModelNumber => model.numbers[index] as ModelNumber;

/** Its credentials are, and it is not called. */
export const isShut = ({ disabled }: Model, account: number): boolean =>
  disabled[account] === true || disabled[PARENTS[account] ?? account] === true;
/** Its own numbers, and for a master those of its sub-accounts. */
export const sees = (one: ModelNumber, account: number): boolean => !one.releasing && holds(one, account);
/** The same with numbers that are being given back: some faces show those. */
export const holds = ({ hands }: ModelNumber, account: number): boolean =>
  hands !== null && (holderOf(hands) === account || hands.owner === account);
/** To the exact last holder at once, to everybody else when it has cooled off. */
export const isForSale = (one: ModelNumber, account: number, now: number): boolean =>
  one.hands === null && (one.availableAt === null || one.availableAt <= now || sameHands(one.last, handsOf(account)));
/** Does it ring? */
export const rings = (model: Model, one: ModelNumber): boolean =>
  one.hands !== null && !one.releasing && one.allowInbound && one.suspendedBy.length === 0 && !isShut(model, holderOf(one.hands));

const latest = (...times: (number | null)[]): number | null => {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
};
/** The last call as the fence knows it, a live one being now. */
export const lastCall = (one: ModelNumber, now: number): number | null =>
  latest(one.storedCallAt, one.redisCallAt, one.liveCalls > 0 ? now : null);
/** The last call that another sub-account had in its own time. */
export const lastOfOthers = (one: ModelNumber, sub: number): number | null =>
  latest(
    ...one.past.map((then) => (then.sub !== sub && then.lastCallAt !== null && then.lastCallAt >= then.from ? then.lastCallAt : null)),
  );

/** `own` is the endpoint of whoever holds the number when it comes to that. */
export function endpointOf({ hands }: ModelNumber, { endpoint }: Patch): number | null | undefined {
  return endpoint === 'own' ? (hands === null ? 0 : holderOf(hands)) : endpoint;
}
