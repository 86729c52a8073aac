import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, type Result } from '../kit/result.ts';
import { ClientGone } from './read-body.ts';

/** So many requests at a time whose bodies or answers are large, in this process. */
export interface Slots {
  /** Resolves how to give the slot back, which may be done twice; null when none came free in time. `who`: whose request it is. */
  take(who: string): Promise<(() => void) | null>;
}

interface SlotsOptions {
  readonly countMax: number;
  /** How long a request waits for its turn, in ms; its body is not read meanwhile. */
  readonly waitMs: number;
}

/** One that waits costs a connection and little else. */
const WAITING_MAX = 100;
/** How long an answer may take to be taken by its client, in ms. */
const ANSWER_MS_MAX = 120_000;

/** Makes slots. Nobody has more than half of them, so that one who is slow keeps nobody else out. */
export function createSlots({ countMax, waitMs }: SlotsOptions): Slots {
  const ownMax = Math.ceil(countMax / 2);
  const held = new Map<string, number>();
  const waiting = new Set<{ readonly who: string; readonly settle: (release: (() => void) | null) => void }>();
  let taken = 0;
  const isFree = (who: string): boolean => taken < countMax && (held.get(who) ?? 0) < ownMax;
  const count = (who: string, by: 1 | -1): void => {
    const own = (held.get(who) ?? 0) + by;
    taken += by;
    if (own === 0) held.delete(who);
    else held.set(who, own);
  };
  const hold = (who: string): (() => void) => {
    let isHeld = true;
    count(who, 1);
    return () => {
      if (!isHeld) return;
      isHeld = false;
      count(who, -1);
      for (const next of waiting) if (isFree(next.who)) next.settle(hold(next.who));
    };
  };
  return {
    async take(who) {
      if (isFree(who)) return hold(who);
      if (waiting.size >= WAITING_MAX) return null;
      return new Promise((resolve) => {
        const timer = setTimeout(() => waiter.settle(null), waitMs);
        timer.unref();
        const waiter = {
          who,
          settle(release: (() => void) | null) {
            clearTimeout(timer);
            waiting.delete(waiter);
            resolve(release);
          },
        };
        waiting.add(waiter);
      });
    },
  };
}

const BUSY: RequestRefusal = { kind: 'unavailable', part: 'slots', code: 'busy', retryAfterSeconds: 2 };

/** Does a request in a slot, which stays taken until the answer has left, or nobody is there to take it. */
export async function inSlot<T>(
  slots: Slots,
  who: string,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  work: () => Promise<Result<T, RequestRefusal>>,
): Promise<Result<T, RequestRefusal>> {
  const release = await slots.take(who);
  if (release === null) return err(BUSY);
  try {
    // Who reads the body now would never hear that it ended while this waited.
    if (req.destroyed) throw new ClientGone();
    return await work();
  } finally {
    releaseWhenSent(res, release);
  }
}

function releaseWhenSent(res: ServerResponse, release: () => void): void {
  if (res.closed) {
    release();
    return;
  }
  // Neither who reads byte by byte nor an answer that waits behind another on a lost connection keeps it.
  const timer = setTimeout(() => {
    res.destroy();
    release();
  }, ANSWER_MS_MAX);
  timer.unref();
  res.once('close', () => {
    clearTimeout(timer);
    release();
  });
}
