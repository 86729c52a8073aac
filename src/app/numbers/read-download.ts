import { type DownloadRow, downloadStatusOf, type NumberDownload } from '../../domain/number-download.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';

export interface ReadDownloadDeps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

/** Reads a download of the actor's; a foreign one does not exist (invariant 11). */
export async function findDownload(
  { unitOfWork }: ReadDownloadDeps,
  actor: Actor,
  id: string,
): Promise<Result<NumberDownload, RequestRefusal>> {
  const download = await unitOfWork.read((tx) => tx.numberDownloads.get(id));
  return download !== null && isOwnOrder(actor, download) ? ok(download) : err({ kind: 'not_found', resource: 'number_download' });
}

/** The same for its rows: refused while it is not written, and once it has expired. */
export async function findWrittenDownload(
  deps: ReadDownloadDeps,
  actor: Actor,
  id: string,
): Promise<Result<NumberDownload, RequestRefusal>> {
  const found = await findDownload(deps, actor, id);
  if (!found.ok) return found;
  const status = downloadStatusOf(found.value, deps.clock.now());
  if (status === 'success') return found;
  if (status === 'expired')
    return err({ kind: 'expired', code: 'download_expired', detail: 'The download has expired; create another one.' });
  return err({ kind: 'wrong_state', detail: `The download is ${status}: only one that is complete can be downloaded.` });
}

/** The rows of a written download, part by part, each read on its own: a slow reader holds up no transaction. Throws when one is gone. */
export async function* downloadRows(
  { unitOfWork }: ReadDownloadDeps,
  { id, rowsCount }: NumberDownload,
): AsyncGenerator<readonly DownloadRow[]> {
  for (let position = 0, count = 0; count < rowsCount; position += 1) {
    const rows = await unitOfWork.read((tx) => tx.numberDownloads.part(id, position));
    if (rows === null || rows.length === 0) throw new Error(`part ${position} of download ${id} is gone`);
    count += rows.length;
    yield rows;
  }
}
