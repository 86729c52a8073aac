/** What the plane's marker says: which epoch is complete, on which server, and which marking this was. */
export interface PlaneMarker {
  readonly epoch: number;
  readonly runId: string;
  readonly markId: string;
}

/** Why the plane in Redis cannot answer: it is not there, it is being rebuilt in a newer epoch, or its marker is no marker. */
export type PlaneFault = 'missing' | 'rebuilding' | 'unreadable';

/** Redis answers, but what it holds is not a complete plane; callers fall back as if Redis were away (decision C10). */
export class PlaneUnavailable extends Error {
  override readonly name = 'PlaneUnavailable';
  readonly reason: PlaneFault;
  constructor(reason: PlaneFault) {
    super(`the routing plane is ${reason}`);
    this.reason = reason;
  }
}

const MARKER = /^([0-9]{1,10})\.([0-9a-f]{1,64})\.([0-9a-z-]{1,64})$/;

/** The text of a marker. */
export const markerText = (marker: PlaneMarker): string => `${marker.epoch}.${marker.runId}.${marker.markId}`;

/** Reads a marker; undefined when it is none. */
export function parseMarker(text: string): PlaneMarker | undefined {
  const [, epoch, runId, markId] = MARKER.exec(text) ?? [];
  if (epoch === undefined || runId === undefined || markId === undefined) return undefined;
  return { epoch: Number(epoch), runId, markId };
}

/** The marker a reply carried; throws PlaneUnavailable when there is none. */
export function requireMarker(text: unknown): PlaneMarker {
  if (text === null || text === undefined) throw new PlaneUnavailable('missing');
  const marker = typeof text === 'string' ? parseMarker(text) : undefined;
  if (marker === undefined) throw new PlaneUnavailable('unreadable');
  return marker;
}

/**
 * The marker under which this process read what it knows. Versions mean something only within one marking: after a FLUSHALL
 * and rebuild, or a new epoch, the same version may stand for something else. Readers tell it what they saw; the local copy
 * listens; admission sends it along.
 */
export class PlaneView {
  #text = '';
  #marker: PlaneMarker | undefined;
  readonly #listeners = new Set<() => void>();

  /** Marker text, empty before the first read. */
  get text(): string {
    return this.#text;
  }

  get marker(): PlaneMarker | undefined {
    return this.#marker;
  }

  /** Takes note of a marker that was read; listeners hear of a new one. */
  see(marker: PlaneMarker): void {
    const text = markerText(marker);
    if (text === this.#text) return;
    this.#text = text;
    this.#marker = marker;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` at each change; the returned function ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
