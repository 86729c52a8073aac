import type { RecordKind } from '../../domain/records.ts';
import type { Logger } from '../../kit/log.ts';
import type { PlaneBuild } from '../ports/plane.ts';
import type { PlaneHistory, RebuildProgress } from '../ports/plane-history.ts';
import type { RecordWriter } from '../ports/routing.ts';
import type { Outbox } from '../ports/store.ts';

export interface RebuildDeps {
  readonly outbox: Pick<Outbox, 'scanRecords'>;
  readonly records: Pick<RecordWriter, 'fill'>;
  readonly history: Pick<PlaneHistory, 'saveRebuild' | 'countRecords'>;
  readonly log: Logger;
}

/** Accounts and sources before numbers: a number without its account would refuse calls that an absent number does not. */
export const REBUILD_ORDER: readonly RecordKind[] = ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number'];
/** Rows a page: long enough that trips do not count, short enough that one page of large records is no memory worth a word. */
const PAGE: Readonly<Record<RecordKind, number>> = {
  account: 4000,
  endpoint: 1000,
  trunk_group: 200,
  source: 100,
  route_set: 20,
  credential: 2000,
  number: 4000,
};
const PROGRESS_MS = 500;

/** What a rebuild is: which epoch it writes, by which token Redis knows it, and where another worker left it. */
export interface Rebuild {
  readonly epoch: number;
  readonly build: PlaneBuild;
  readonly from: RebuildProgress | null;
}

/**
 * Writes every record of Postgres into a Redis that has none or not all of them; calls go on meanwhile. Reads the next page while
 * one is written. Resolves with how many were written; throws when `signal` says stop.
 */
export async function rebuildPlane(deps: RebuildDeps, rebuild: Rebuild, signal: AbortSignal): Promise<number> {
  const progress = new Progress(deps, rebuild);
  await progress.save();
  for (const kind of REBUILD_ORDER.slice(progress.kindIndex)) {
    progress.kind = kind;
    await writeKind(deps, rebuild.epoch, progress, signal);
    progress.after = null;
    deps.log.info('routing plane: records written', { kind, written: progress.written });
  }
  if (progress.failed > 0) deps.log.error('routing plane: records that cannot be written', { count: progress.failed });
  return progress.written;
}

async function writeKind(deps: RebuildDeps, epoch: number, progress: Progress, signal: AbortSignal): Promise<void> {
  const { kind } = progress;
  const read = (after: string | null) => deps.outbox.scanRecords(kind, after, PAGE[kind]);
  let reading: ReturnType<typeof read> | null = read(progress.after);
  while (reading !== null) {
    const page: Awaited<ReturnType<typeof read>> = await reading;
    signal.throwIfAborted();
    reading = page.next === null ? null : read(page.next);
    // Its fault, if any, is thrown where it is awaited; until then it must not count as unhandled.
    reading?.catch(() => {});
    progress.failed += await deps.records.fill(epoch, page.writes);
    progress.written += page.writes.length;
    progress.after = page.next;
    await progress.saveNowAndThen();
  }
}

class Progress {
  kind: RecordKind;
  after: string | null;
  written: number;
  failed = 0;
  readonly #deps: RebuildDeps;
  readonly #rebuild: Rebuild;
  readonly #startedAt: number;
  #total: number | null;
  #savedAt = 0;

  constructor(deps: RebuildDeps, rebuild: Rebuild) {
    const { from } = rebuild;
    this.#deps = deps;
    this.#rebuild = rebuild;
    this.kind = REBUILD_ORDER.find((kind) => kind === from?.kind) ?? 'account';
    this.after = from?.after ?? null;
    this.written = from?.written ?? 0;
    this.#startedAt = from?.startedAt ?? Date.now();
    this.#total = from?.total ?? null;
    if (this.#total === null) void this.#count();
  }

  get kindIndex(): number {
    return REBUILD_ORDER.indexOf(this.kind);
  }

  async #count(): Promise<void> {
    this.#total = await this.#deps.history.countRecords();
  }

  async saveNowAndThen(): Promise<void> {
    if (performance.now() - this.#savedAt < PROGRESS_MS) return;
    await this.save();
    this.#deps.log.info('routing plane: rebuilding', { kind: this.kind, written: this.written, total: this.#total });
  }

  async save(): Promise<void> {
    this.#savedAt = performance.now();
    const { epoch, build } = this.#rebuild;
    const { kind, after, written } = this;
    const times = { startedAt: this.#startedAt, updatedAt: Date.now() };
    await this.#deps.history.saveRebuild({ token: build.token, epoch, kind, after, written, total: this.#total, ...times });
  }
}
