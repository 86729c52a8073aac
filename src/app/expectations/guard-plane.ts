import { isDeepStrictEqual } from 'node:util';
import type { DecisionSettings } from '../../domain/call.ts';
import type { Expectation, Judged } from '../../domain/expectation.ts';
import { kindOf, recordRef } from '../../domain/records.ts';
import { buildSourceIndex } from '../../domain/source-index.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import {
  type Committed,
  type Doubt,
  type ExpectationFailed,
  type GuardedChange,
  type PlaneGuard,
  SOURCES,
  type Verdict,
} from '../ports/expectations.ts';
import type { RecordReader, RecordWrite } from '../ports/routing.ts';
import { isWithdrawal } from './is-withdrawal.ts';
import { judgeExpectations } from './judge-expectations.ts';

/** What the guard decides by. */
export interface GuardDeps {
  readonly settings: DecisionSettings;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How many broken expectations one refusal tells of. */
const TOLD_MAX = 5;

/** Keeps changes that would break an expectation from committing, unless the platform says so or nobody asked for the change. */
export const createPlaneGuard = (deps: GuardDeps): PlaneGuard => ({
  check: (change) => check(change, deps),
  settle: (doubt, committed) => settle(doubt, committed, deps),
});

// Purchases change numbers by the hundred a second, and mostly ones that nobody expects anything of.
const isSmall = ({ ref }: RecordWrite): boolean => kindOf(ref) === 'number' || kindOf(ref) === 'credential';

async function check(change: GuardedChange, deps: GuardDeps): Promise<Doubt | null> {
  const { stamp, writes, expectations } = change;
  const resting = await restingAlone(change);
  if (resting.length === 0) return null;
  const reader = change.facts(resting.map(({ call }) => call.to));
  const at = deps.clock.now();
  const judged = await judgeExpectations(resting, reader, { settings: deps.settings, at });
  const pairs = resting.map((expectation, index) => ({ expectation, after: judged[index] as Judged }));
  const broken = pairs.filter(({ expectation, after }) => expectation.judged.broken === null && after.broken !== null);
  if (broken.length > 0 && !mayBreak(change)) return { stamp, writes, broken: broken.map(verdictOf), at };
  await expectations.judge(pairs.filter(({ expectation, after }) => isNews(expectation.judged, after)).map(verdictOf));
  for (const one of broken) await tellBroken(change, one, deps);
  return null;
}

/**
 * Two changes that each keep an expectation may break it together: the later one sees the first. Those that nothing rests on wait for
 * whoever judges, and never for each other.
 */
async function restingAlone(change: GuardedChange): Promise<readonly Expectation[]> {
  const { expectations, writes } = change;
  const on = refsOf(writes);
  if (!(await expectations.isResting(on))) {
    if (writes.every(isSmall)) return [];
    await expectations.undisturbed();
    if (!(await expectations.isResting(on))) return [];
  }
  await expectations.alone();
  return affected(change);
}

/** What a job does is done: a fee that was not paid suspends a number whatever is expected of it. */
const mayBreak = ({ stamp, isAllowed }: GuardedChange): boolean =>
  isAllowed || stamp.kind === 'system' || stamp.overridesExpectations === true;

interface Pair {
  readonly expectation: Expectation;
  readonly after: Judged;
}

const verdictOf = ({ expectation: { id }, after }: Pair): Verdict => ({ id, judged: after });

/** Versions move with every change; what does not read otherwise without them is not written again. */
function isNews(before: Judged, after: Judged): boolean {
  const said = ({ broken, depends, explanation }: Judged) =>
    JSON.parse(JSON.stringify({ broken, depends, explanation: { ...explanation, versions: null } }));
  return !isDeepStrictEqual(said(before), said(after));
}

/**
 * What is stored as holding may hold no longer: time has passed, a setting was changed, a change that was under way then has committed
 * since. So each is judged once more at the same moment without the change: what does not hold there either is not the change's fault.
 */
async function settle(doubt: Doubt, { expectations, facts }: Committed, deps: GuardDeps): Promise<ExpectationFailed | 'again' | 'allowed'> {
  const { stamp, writes, broken, at } = doubt;
  await expectations.alone();
  const stored = await expectations.enabledOf(broken.map(({ id }) => id));
  const reader = facts(stored.map(({ call }) => call.to));
  const judged = await judgeExpectations(stored, reader, { settings: deps.settings, at });
  const pairs = stored.map((expectation, index) => ({ expectation, after: judged[index] as Judged }));
  const stale = pairs.filter(({ expectation, after }) => expectation.judged.broken === null && after.broken !== null);
  await expectations.judge(stale.map(verdictOf));
  for (const { expectation, after } of stale)
    deps.log.warn('an expectation holds no longer', { expectation_id: expectation.id, why: after.broken });
  const standing = pairs.filter(({ after }) => after.broken === null);
  if (standing.length === 0) return 'again';
  if (stamp.kind !== 'platform' && (await isAllWithdrawn(writes, reader))) return 'allowed';
  const later = new Map(broken.map((verdict) => [verdict.id, verdict.judged]));
  return refusal(standing, later);
}

/** Whose login was stolen revokes it, and whoever gives a number back gives it back: somebody else's expectation holds nobody to it. */
async function isAllWithdrawn(writes: readonly RecordWrite[], reader: RecordReader): Promise<boolean> {
  const before = await reader.read(writes.map(({ ref }) => ref));
  return writes.every(({ ref, record }) => isWithdrawal(before.get(ref)?.record ?? null, record));
}

const refsOf = (writes: readonly RecordWrite[]): readonly string[] => [
  ...writes.map(({ ref }) => ref),
  ...(writes.some(({ ref }) => kindOf(ref) === 'source') ? [SOURCES] : []),
];

/** Those whose decision may come out differently. */
async function affected({ expectations, writes }: GuardedChange): Promise<readonly Expectation[]> {
  const sources = writes.filter(({ ref }) => kindOf(ref) === 'source');
  const found = await expectations.resting(refsOf(writes));
  if (sources.length === 0) return found;
  const direct = new Set<string>(writes.map(({ ref }) => ref));
  // A group whose addresses changed matters to whoever it brought the call of, and to whom it brings it now.
  for (const { ref } of sources) direct.add(recordRef.trunkGroup(ref.slice('source:'.length)));
  const index = buildSourceIndex(sources.flatMap(({ record }) => (record?.kind === 'source' ? [record] : [])));
  return found.filter(({ judged, call: { source } }) => {
    if (judged.depends.some((ref) => direct.has(ref))) return true;
    return source !== null && index.match(source.ip, source.port, source.transport).length > 0;
  });
}

const refusal = (standing: readonly Pair[], later: ReadonlyMap<string, Judged>): ExpectationFailed => ({
  kind: 'expectation_failed',
  count: standing.length,
  failures: standing.slice(0, TOLD_MAX).map(({ expectation: { id, name, accountId }, after: now }) => {
    const after = later.get(id) ?? now;
    return { id, name, accountId, why: after.broken ?? '', before: now.explanation, after: after.explanation };
  }),
});

async function tellBroken(change: GuardedChange, { expectation, after }: Pair, { log }: GuardDeps): Promise<void> {
  const { id, accountId, judged } = expectation;
  const why = after.broken;
  log.warn('a change breaks an expectation', { expectation_id: id, by: change.stamp.kind, why });
  await change.audit({
    action: 'expectation.broken',
    resource: `expectation:${id}`,
    // Accounts are shown the rows that name them, and nothing of what the platform expects.
    accountId: null,
    before: { accountId, ...judged.explanation },
    after: { accountId, ...after.explanation },
    forced: change.stamp.overridesExpectations === true,
    reason: why,
  });
}
