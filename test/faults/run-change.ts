import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeSite } from './change-site.ts';
import { effectsOf, wrongWithNumber } from './check-change.ts';
import type { Child, ChildPool } from './child-process.ts';
import type { Fault } from './fault-runtime.ts';
import type { Word } from './messages.ts';
import { type Answered, isKeyed, type OperationName, perform, type Request } from './operations.ts';

/** What became of one fault: struck and recovered from (`wrong` empty) or not, or never struck. */
export interface Outcome {
  readonly operation: string;
  readonly fault: Fault;
  readonly struck: boolean;
  readonly wrong: readonly string[];
  readonly tookMs: number;
}

const RECOVER_MS = 20_000;
/** The time a client waits before it sends again, while the one that holds its locks hangs. */
const HANGING_MS = 50;

/** Points an operation reaches when nothing strikes, each as often as it does. */
export async function pointsOf(site: ChangeSite, pool: ChildPool<Word>, operation: OperationName): Promise<readonly string[]> {
  const child = await pool.take();
  try {
    const request = await site.prepare(operation);
    child.send({ request, fault: null });
    const { answered, failed, reached } = await listen(child, () => {});
    if (answered?.status !== 'done') throw new Error(`${operation} was not done: ${failed ?? JSON.stringify(answered?.body)}`);
    return reached;
  } finally {
    await child.end();
  }
}

/** Every point and side of a recording: `points` names each as often as it was reached. */
export function faultsOf(points: readonly string[], action: Fault['action']): readonly Fault[] {
  const seen = new Map<string, number>();
  return points.flatMap((point) => {
    const nth = (seen.get(point) ?? 0) + 1;
    seen.set(point, nth);
    const sides = action === 'stall' ? (['before'] as const) : (['before', 'after'] as const);
    return sides.map((side) => ({ point, side, action, nth }));
  });
}

/** Lets one fault strike a request, recovers as a client and a restarted api would, and looks at everything. */
export async function runChange(site: ChangeSite, pool: ChildPool<Word>, operation: OperationName, fault: Fault): Promise<Outcome> {
  const startedAt = performance.now();
  const request = await site.prepare(operation);
  const child = await pool.take();
  child.send({ request, fault });
  let retrying: Promise<Answered> | undefined;
  const heard = await listen(child, () => {
    if (fault.action !== 'stall') return;
    retrying = again(site, request);
    void delay(HANGING_MS).then(() => child.end());
  });
  await child.end();
  const wrong: string[] = [];
  const before = retrying === undefined ? await effectsOf(site, request) : null;
  if (before !== null && new Set(before).size !== 1) wrong.push(`8: a torn effect ${before.join(' ')}`);
  const answered = await (retrying ?? again(site, request)).catch((error: unknown) => String(error));
  if (typeof answered === 'string') wrong.push(`8: no answer: ${answered}`);
  else wrong.push(...wrongWithAnswer(operation, answered, before?.[0] ?? null));
  const after = await effectsOf(site, request);
  if (after.some((count) => count !== 1)) wrong.push(`8, 13: effects ${after.join(' ')} after the repetition`);
  wrong.push(...(await wrongWithNumber(site, request)));
  return { operation, fault, struck: heard.struck, wrong, tookMs: performance.now() - startedAt };
}

function wrongWithAnswer(operation: OperationName, { status, replayed, body }: Answered, effectsBefore: number | null): readonly string[] {
  if (!isKeyed(operation)) {
    // It finds its effect done: `not_found` or `wrong_state`.
    return status === 'done' || effectsBefore !== 0 ? [] : [`8: refused though nothing was done: ${JSON.stringify(body)}`];
  }
  if (status !== 'done') return [`8: refused: ${JSON.stringify(body)}`];
  if (effectsBefore !== null && replayed !== effectsBefore > 0)
    return [`8: ${effectsBefore} effects, and the answer was${replayed ? '' : ' not'} a replay`];
  return [];
}

/** Sends a request again until it has an answer that is one: its first may still be ending. */
async function again(site: ChangeSite, request: Request): Promise<Answered> {
  for (const until = performance.now() + RECOVER_MS; ; ) {
    const answered = await perform(site.parts, request).catch((error: unknown) => String(error));
    const isFinal = typeof answered !== 'string' && !(answered.status === 'refused' && isPassing(answered.body));
    if (isFinal) return answered;
    if (performance.now() > until) throw new Error(`still ${typeof answered === 'string' ? answered : JSON.stringify(answered.body)}`);
    await delay(25);
  }
}

const isPassing = (refusal: unknown): boolean =>
  ['idempotency_conflict', 'unavailable'].includes((refusal as { readonly kind?: string } | null)?.kind ?? '');

interface Heard {
  readonly struck: boolean;
  readonly answered: Answered | null;
  readonly failed: string | null;
  readonly reached: readonly string[];
}

/** Follows a child until it is gone or all is quiet. */
async function listen(child: Child<Word>, onHit: () => void): Promise<Heard> {
  let struck = false;
  let answered: Answered | null = null;
  let failed: string | null = null;
  for (;;) {
    const word = await child.next();
    if (word === null) return { struck: struck || (await child.ended) === 'SIGKILL', answered, failed, reached: [] };
    if (word.type === 'quiet') return { struck, answered, failed, reached: word.reached };
    if (word.type === 'answered') answered = word.answered;
    if (word.type === 'failed') failed = word.error;
    if (word.type === 'hit') {
      struck = true;
      onHit();
    }
  }
}
