import type { DecisionSettings } from '../../domain/call.ts';
import type { Expectation, Judged } from '../../domain/expectation.ts';
import { kindOf, recordRef } from '../../domain/records.ts';
import { buildSourceIndex } from '../../domain/source-index.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { type ExpectationFailed, type GuardedChange, type PlaneGuard, SOURCES } from '../ports/expectations.ts';
import type { RecordWrite } from '../ports/routing.ts';
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
export const createPlaneGuard = (deps: GuardDeps): PlaneGuard => ({ check: (change) => check(change, deps) });

// Purchases change numbers by the hundred a second, and mostly ones that nobody expects anything of.
const isSmall = ({ ref }: RecordWrite): boolean => kindOf(ref) === 'number' || kindOf(ref) === 'credential';

async function check(change: GuardedChange, deps: GuardDeps): Promise<ExpectationFailed | null> {
  const { expectations, writes } = change;
  if (writes.every(isSmall) && (await affected(change)).length === 0) return null;
  // Two changes that each keep an expectation may break it together: the later one sees the first.
  await expectations.alone();
  const resting = await affected(change);
  if (resting.length === 0) return null;
  const reader = change.facts(resting.map(({ call }) => call.to));
  const judged = await judgeExpectations(resting, reader, { settings: deps.settings, at: deps.clock.now() });
  const broken = resting.flatMap((expectation, index) => {
    const after = judged[index] as Judged;
    return expectation.judged.broken === null && after.broken !== null ? [{ expectation, after, why: after.broken }] : [];
  });
  if (broken.length > 0 && !mayBreak(change)) return refusal(broken);
  for (const [index, { id }] of resting.entries()) await expectations.judge(id, judged[index] as Judged);
  for (const one of broken) await tellBroken(change, one, deps);
  return null;
}

/** What a job does is done: a fee that was not paid suspends a number whatever is expected of it. */
const mayBreak = ({ stamp }: GuardedChange): boolean => stamp.kind === 'system' || stamp.overridesExpectations === true;

/** Those whose decision may come out differently. */
async function affected({ expectations, writes }: GuardedChange): Promise<readonly Expectation[]> {
  const sources = writes.filter(({ ref }) => kindOf(ref) === 'source');
  const refs = writes.map(({ ref }) => ref as string);
  const found = await expectations.resting(sources.length === 0 ? refs : [...refs, SOURCES]);
  if (sources.length === 0) return found;
  const direct = new Set(refs);
  // A group whose addresses changed matters to whoever it brought the call of, and to whom it brings it now.
  for (const { ref } of sources) direct.add(recordRef.trunkGroup(ref.slice('source:'.length)));
  const index = buildSourceIndex(sources.flatMap(({ record }) => (record?.kind === 'source' ? [record] : [])));
  return found.filter(({ judged, call: { source } }) => {
    if (judged.depends.some((ref) => direct.has(ref))) return true;
    return source !== null && index.match(source.ip, source.port, source.transport).length > 0;
  });
}

interface Broken {
  readonly expectation: Expectation;
  readonly after: Judged;
  readonly why: string;
}

const refusal = (broken: readonly Broken[]): ExpectationFailed => ({
  kind: 'expectation_failed',
  count: broken.length,
  failures: broken.slice(0, TOLD_MAX).map(({ expectation: { id, name, accountId, judged }, after, why }) => ({
    id,
    name,
    accountId,
    why,
    before: judged.explanation,
    after: after.explanation,
  })),
});

async function tellBroken(change: GuardedChange, { expectation, after, why }: Broken, { log }: GuardDeps): Promise<void> {
  const { id, accountId, judged } = expectation;
  log.warn('a change breaks an expectation', { expectation_id: id, by: change.stamp.kind, why });
  await change.audit({
    action: 'expectation.broken',
    resource: `expectation:${id}`,
    accountId,
    before: judged.explanation,
    after: after.explanation,
    forced: change.stamp.overridesExpectations === true,
    reason: why,
  });
}
