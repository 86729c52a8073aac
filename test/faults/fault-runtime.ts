/** What strikes: at a point, the nth time, before or after. `stall` only strikes before. */
export interface Fault {
  readonly point: string;
  readonly side: 'before' | 'after';
  readonly action: 'kill' | 'throw' | 'stall';
  readonly nth: number;
}

/** A fault of ours, thrown where it was asked for. */
export class InjectedFault extends Error {}

let armed: Fault | null = null;
let reached: string[] | null = null;
const counts = new Map<string, number>();
let onHit: () => void = () => {};

/** Lets the next fault strike, counting from now; `hit` is told unless the process is gone. */
export function arm(fault: Fault, hit: () => void): void {
  counts.clear();
  onHit = hit;
  armed = fault;
}

/** Lists the points that are reached from now on, a name as often as it was. */
export function record(): readonly string[] {
  reached = [];
  return reached;
}

/** Called by instrumented code. True: never go on. */
export function before(point: string): boolean {
  reached?.push(point);
  if (armed?.point !== point) return false;
  const count = (counts.get(point) ?? 0) + 1;
  counts.set(point, count);
  return count === armed.nth && armed.side === 'before' && strike(armed);
}

/** Called by instrumented code; returns what it was given. */
export function after<T>(point: string, value: T): T {
  if (armed !== null && armed.point === point && armed.side === 'after' && counts.get(point) === armed.nth) strike(armed);
  return value;
}

/** Called by instrumented code: each turn of a `for await` is a point. */
export async function* each<T>(point: string, source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      if (before(point)) await never();
      const next = after(point, await iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Where a stalled step stays; a timer, so that the process does not end for want of work. */
export const never = (): Promise<void> =>
  new Promise(() => {
    setInterval(() => {}, 1 << 30);
  });

function strike({ action, point, side }: Fault): boolean {
  armed = null;
  // The signal reaches us before the call returns: nothing of ours runs behind it.
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  onHit();
  if (action === 'throw') throw new InjectedFault(`${side} ${point}`);
  return true;
}
