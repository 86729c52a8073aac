import type { Clock } from '../../kit/clock.ts';
import type { AgentInbox, JobSettlement, NumberCall } from '../ports/jobs.ts';

export interface DrainCallsDeps {
  readonly clock: Clock;
  readonly inbox: Pick<AgentInbox, 'hangUp'>;
  /** From the change that left the calls behind to the end of those that are still there. */
  readonly deadlineMs: number;
  /** After the deadline: how long agents are asked before what is left is given up and reported. */
  readonly giveUpMs: number;
}

/** One look at the calls that a change left behind. */
export interface CallsLook {
  readonly remaining: readonly NumberCall[];
  /** No further call can turn up that belongs to them. */
  readonly settled: boolean;
}

/** What became of the calls, in counts. */
export interface DrainCounts {
  readonly drained: number;
  readonly ended: number;
  readonly left: number;
}

/** A round of draining: another one is needed, or this was the last. */
export type DrainRound =
  | (JobSettlement & { readonly kind: 'again' })
  | { readonly kind: 'over'; readonly calls: number; readonly counts: DrainCounts };

/** What the rounds of one aftermath have seen so far. */
interface Progress {
  readonly seen: readonly string[];
  readonly ended: readonly string[];
}

/** The most calls that one look takes in. */
export const CALLS_MAX = 5000;
/** The shortest pause between two looks. */
export const LOOK_MS_MIN = 200;
const HANGUPS_AT_ONCE = 32;
const LOOK_MS_MAX = 5000;

/**
 * One round of an aftermath: calls that a change left behind go on until they end by themselves or the deadline ends them (decision
 * B6). `stored` is the progress of the job.
 */
export async function drainCalls(deps: DrainCallsDeps, leftAt: number, stored: unknown, look: CallsLook): Promise<DrainRound> {
  const before = progressOf(stored);
  const progress = { ...before, seen: union(before.seen, look.remaining) };
  const now = deps.clock.now();
  const deadlineAt = leftAt + deps.deadlineMs;
  const isOver = look.settled && look.remaining.length === 0;
  if (isOver || now >= deadlineAt + deps.giveUpMs) return over(progress, isOver ? 0 : look.remaining.length);
  if (now < deadlineAt) return { kind: 'again', dueAt: Math.min(now + lookAgainMs(leftAt, now, look.settled), deadlineAt), progress };
  const ended = await hangUpAll(deps.inbox, look.remaining);
  return { kind: 'again', dueAt: deps.clock.now() + LOOK_MS_MIN, progress: { ...progress, ended: union(progress.ended, ended) } };
}

const over = ({ seen, ended }: Progress, left: number): DrainRound => ({
  kind: 'over',
  calls: seen.length,
  counts: { drained: seen.length - ended.length - left, ended: ended.length, left },
});

/** Soon after the change, and while something is unclear, often; later in steps of a tenth of the time that has passed. */
const lookAgainMs = (leftAt: number, now: number, settled: boolean): number =>
  settled ? Math.min(Math.max((now - leftAt) / 10, LOOK_MS_MIN), LOOK_MS_MAX) : LOOK_MS_MIN;

async function hangUpAll(inbox: Pick<AgentInbox, 'hangUp'>, calls: readonly NumberCall[]): Promise<readonly NumberCall[]> {
  const ended: NumberCall[] = [];
  for (let at = 0; at < calls.length; at += HANGUPS_AT_ONCE) {
    const some = calls.slice(at, at + HANGUPS_AT_ONCE);
    const answers = await Promise.all(some.map(({ agentId, callId }) => inbox.hangUp(agentId, callId)));
    ended.push(...some.filter((_, index) => answers[index] === 'ended'));
  }
  return ended;
}

const union = (known: readonly string[], calls: readonly NumberCall[]): readonly string[] =>
  [...new Set([...known, ...calls.map(({ callId }) => callId)])].slice(0, CALLS_MAX);

function progressOf(stored: unknown): Progress {
  const { seen = [], ended = [] } = (stored ?? {}) as Partial<Progress>;
  return { seen, ended };
}
