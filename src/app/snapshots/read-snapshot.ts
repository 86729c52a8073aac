import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { type Snapshot, snapshotStatusOf } from '../../domain/snapshot.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { SnapshotKind } from './snapshot-kind.ts';

export interface ReadSnapshotDeps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

/** Reads a snapshot of the actor's; a foreign one does not exist (invariant 11). */
export async function findSnapshot<S extends Snapshot, Row, Cursor>(
  kind: SnapshotKind<S, Row, Cursor>,
  { unitOfWork }: ReadSnapshotDeps,
  actor: Actor,
  id: string,
): Promise<Result<S, RequestRefusal>> {
  const snapshot = await unitOfWork.read((tx) => kind.store(tx).get(id));
  return snapshot !== null && isOwnOrder(actor, snapshot) ? ok(snapshot) : err({ kind: 'not_found', resource: kind.code });
}

/** The same for its rows: refused while it is not written, and once it has expired. */
export async function findWrittenSnapshot<S extends Snapshot, Row, Cursor>(
  kind: SnapshotKind<S, Row, Cursor>,
  deps: ReadSnapshotDeps,
  actor: Actor,
  id: string,
): Promise<Result<S, RequestRefusal>> {
  const found = await findSnapshot(kind, deps, actor, id);
  if (!found.ok) return found;
  const { one, written } = kind.words;
  const status = snapshotStatusOf(found.value, deps.clock.now());
  if (status === 'success') return found;
  if (status === 'expired') return err({ kind: 'expired', code: kind.expired, detail: `The ${one} has expired; create another one.` });
  return err({ kind: 'wrong_state', detail: `The ${one} is ${status}: only one that is ${written} can be downloaded.` });
}

/** The rows of a written snapshot, part by part, each read on its own: a slow reader holds up no transaction. Throws when one is gone. */
export async function* snapshotRows<S extends Snapshot, Row, Cursor>(
  kind: SnapshotKind<S, Row, Cursor>,
  { unitOfWork }: ReadSnapshotDeps,
  { id, rowsCount }: S,
): AsyncGenerator<readonly Row[]> {
  for (let position = 0, count = 0; count < rowsCount; position += 1) {
    const rows = await unitOfWork.read((tx) => kind.store(tx).part(id, position));
    if (rows === null || rows.length === 0) throw new Error(`part ${position} of ${kind.words.one} ${id} is gone`);
    count += rows.length;
    yield rows;
  }
}
