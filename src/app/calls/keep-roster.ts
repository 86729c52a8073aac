import type { Logger } from '../../kit/log.ts';
import type { JournalRoster, JournalStore, KnownJournal, PlaneLook } from '../ports/journal.ts';
import { isEventBefore } from './event-place.ts';

export interface KeepRosterDeps {
  readonly roster: JournalRoster;
  readonly store: JournalStore;
  /** How long after its promise ran out an agent's journal is waited for, in ms. */
  readonly aloneMsMax: number;
  readonly log: Logger;
}

/** What is in Postgres may be so much older than what Redis says: it only counts when Redis has lost it. */
const SAVE_STEP_MS = 20_000;
const GIVE_UP_AFTER_MS = 60_000;

/**
 * One round of keeping the agents known that the fence must wait for (decision C4): what Redis says of them goes to Postgres, and a
 * Redis that was emptied is told of them again, each as one whose replay is awaited. Who left, or stayed away for too long, is
 * forgotten. Two workers doing so at once write the same.
 */
export async function keepRoster(deps: KeepRosterDeps): Promise<void> {
  const { roster, store } = deps;
  const seen = await roster.read();
  if (seen.marker === null) return;
  const stored = await store.list();
  if (!seen.known) {
    await roster.restore(seen.marker, stored);
    return;
  }
  const before = new Map(stored.map((one) => [one.agentId, one]));
  const done = [...seen.journals, ...stored.filter(({ agentId }) => !seen.journals.some((one) => one.agentId === agentId))].filter((one) =>
    isDone(one, seen, deps),
  );
  const kept = seen.journals.filter((one) => !done.includes(one));
  await store.save(kept.filter((one) => isNews(one, before.get(one.agentId))));
  const agentIds = done.map(({ agentId }) => agentId);
  if (agentIds.length === 0) return;
  // Postgres last: killed in between, the next round finds the rest there.
  await roster.forget(agentIds);
  await store.forget(agentIds);
}

const isNews = (now: KnownJournal, before: KnownJournal | undefined): boolean =>
  before === undefined || before.state !== now.state || Math.abs(now.at - before.at) >= SAVE_STEP_MS;

function isDone(one: KnownJournal, seen: PlaneLook, { aloneMsMax, log }: KeepRosterDeps): boolean {
  if (one.state === 'gone') return true;
  if (one.state === 'ended') return seen.firstEvent === null || isEventBefore(`${one.at}-0`, seen.firstEvent);
  if (seen.at - one.at <= aloneMsMax + GIVE_UP_AFTER_MS) return false;
  log.error('an agent never told what it did last; its journal is given up', { agentId: one.agentId, surelyUntil: one.at });
  return true;
}
