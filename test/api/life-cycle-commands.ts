import fc from 'fast-check';

export type Face = 'kros' | 'vobiz' | 'telnyx';

/** Whose credentials: meant by part in the number's life, so that most commands find something to do, or any account. */
export interface Who {
  readonly as: 'holder' | 'parent' | 'any';
  readonly index: number;
}

/** `second_before` and `at_the_end` of what holds the command up: the clock is moved there first. */
export type When = 'now' | 'second_before' | 'at_the_end';

export interface Patch {
  readonly allowInbound?: boolean;
  readonly allowOutbound?: boolean;
  readonly suspended?: boolean;
  /** Account whose endpoint. */
  readonly endpoint?: number | 'own' | null;
  /** The platform's alone. */
  readonly labels?: boolean;
  readonly lock?: boolean;
}

export type Command =
  | { readonly do: 'credit'; readonly account: number; readonly amountMinor: number }
  | { readonly do: 'account'; readonly account: number; readonly disabled: boolean }
  | { readonly do: 'buy'; readonly number: number; readonly who: Who; readonly face: Face; readonly when: When }
  /** `who: null` is the admin face. */
  | { readonly do: 'patch'; readonly number: number; readonly who: Who | null; readonly patch: Patch; readonly match: Match }
  | ({ readonly do: 'assign' | 'unassign'; readonly number: number; readonly who: Who; readonly sub: number } & Move)
  | { readonly do: 'release'; readonly number: number; readonly who: Who; readonly face: 'kros' | 'vobiz'; readonly match: Match }
  | { readonly do: 'ring' | 'hang_up'; readonly number: number }
  | { readonly do: 'wait'; readonly ms: number };

/** The `If-Match` header: none, the version it has, or one it had or never had. */
type Match = 'none' | 'current' | 'stale';

interface Move {
  readonly force: boolean;
  readonly by: 'key' | 'force_token' | 'platform';
  readonly when: When;
}

const number = fc.nat(3);
const account = fc.nat(4);
const whoOf = (weights: readonly [holder: number, parent: number, any: number]): fc.Arbitrary<Who> =>
  fc.record({
    as: fc.oneof(
      { weight: weights[0], arbitrary: fc.constant('holder' as const) },
      { weight: weights[1], arbitrary: fc.constant('parent' as const) },
      { weight: weights[2], arbitrary: fc.constant('any' as const) },
    ),
    index: account,
  });
const when = fc.constantFrom<When>('now', 'now', 'second_before', 'at_the_end');
const match = fc.constantFrom<Match>('none', 'none', 'none', 'current', 'stale');
const endpoint = fc.oneof(fc.constantFrom('own' as const, 'own' as const, null), account);
const move = {
  number,
  who: whoOf([1, 12, 1]),
  sub: fc.integer({ min: 1, max: 4 }),
  force: fc.constantFrom(false, false, true),
  by: fc.constantFrom('key' as const, 'key' as const, 'force_token' as const, 'force_token' as const, 'platform' as const),
  when,
};
const theirs = { allowInbound: fc.boolean(), allowOutbound: fc.boolean(), suspended: fc.boolean(), endpoint };
const DAY_MS = 86_400_000;

const weighted: readonly (readonly [number, fc.Arbitrary<Command>])[] = [
  [2, fc.record({ do: fc.constant('credit'), account, amountMinor: fc.integer({ min: -400, max: 900 }).filter((amount) => amount !== 0) })],
  [1, fc.record({ do: fc.constant('account'), account, disabled: fc.constantFrom(true, false, false) })],
  [6, fc.record({ do: fc.constant('buy'), number, who: whoOf([2, 0, 3]), face: fc.constantFrom<Face>('kros', 'vobiz', 'telnyx'), when })],
  [3, fc.record({ do: fc.constant('patch'), number, who: whoOf([4, 2, 1]), patch: fc.record(theirs, { requiredKeys: [] }), match })],
  [
    2,
    fc.record({
      do: fc.constant('patch'),
      number,
      who: fc.constant(null),
      patch: fc.record({ ...theirs, labels: fc.boolean(), lock: fc.constantFrom(false, false, true) }, { requiredKeys: [] }),
      match,
    }),
  ],
  [5, fc.record({ do: fc.constant('assign'), ...move })],
  [5, fc.record({ do: fc.constant('unassign'), ...move })],
  [3, fc.record({ do: fc.constant('release'), number, who: whoOf([5, 2, 1]), face: fc.constantFrom('kros', 'vobiz'), match })],
  [6, fc.record({ do: fc.constant('ring'), number })],
  [4, fc.record({ do: fc.constant('hang_up'), number })],
  [2, fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1000, max: 16 * DAY_MS }) })],
];

/** A command, the account that looks at the number afterwards, and whether the command takes the number that it names, apt or not. */
export type Step = readonly [command: Command, eye: number, stray: boolean];

/** A step of any sort; five in six aim at a number that is in the right state. */
export const arbitraryStep: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  account,
  fc.nat(5).map((roll) => roll === 5),
);
