import { createHash } from 'node:crypto';
import { holderOf, payerOf } from '../../domain/account.ts';
import { type DocumentFile, isKept, sniffContentType, UNLINKED_MS } from '../../domain/document.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { scopeOf } from '../orders/own-order.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import { isOwnThing } from '../requirements/own-group.ts';
import { accountOf } from '../tenant.ts';

/** Documents of one holder at a time: files are large, and those that values name stay. */
const DOCUMENTS_MAX = 1000;
/** Unless a setting says otherwise: 1 GiB. */
const DOCUMENTS_BYTES_MAX = 1024 ** 3;
const NOT_FOUND = err({ kind: 'not_found', resource: 'document' } as const);

interface Deps extends ChangeDeps {
  readonly clock: Clock;
}

export interface UploadDeps extends Deps {
  /** All documents of an account and its sub-accounts together, in bytes; default 1 GiB. */
  readonly documentsBytesMax?: number;
}

export interface UploadInput {
  readonly content: Buffer;
  readonly filename: string;
  readonly customerReference: string | null;
}

/** Takes a file whose first bytes say that it is one of the types there are; one that no value names within half an hour goes again. */
export function uploadDocument(
  deps: UploadDeps,
  actor: Actor,
  { content, filename, customerReference }: UploadInput,
): Promise<Result<Changed<DocumentFile>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<DocumentFile, RequestRefusal>> => {
    const contentType = sniffContentType(content);
    if (contentType === null) return err(invalidBody(['file'], 'Send a PDF, PNG, JPEG or TIFF file.'));
    const at = deps.clock.now();
    const refused = await refuseSize(tx, deps, actor, content.length);
    if (refused !== null) return err(refused);
    const document: DocumentFile = {
      id: newId(),
      mode: actor.mode,
      holder: holderOf(accountOf(actor)),
      filename,
      contentType,
      customerReference,
      status: 'pending',
      sizeBytes: content.length,
      sha256: createHash('sha256').update(content).digest(),
      linkedAt: null,
      createdAt: at,
      updatedAt: at,
    };
    await tx.documents.insert(document, content);
    await audit(tx, 'document.create', null, document);
    return ok(document);
  });
}

/** What is gone by its time counts no more, whether or not the forgetter has been there. */
async function refuseSize(tx: Transaction, deps: UploadDeps, actor: Actor, sizeBytes: number): Promise<RequestRefusal | null> {
  const payer = payerOf(accountOf(actor));
  // Under its lock: two uploads at once count each other.
  await tx.accounts.lock(payer);
  const since = deps.clock.now() - UNLINKED_MS;
  if ((await tx.documents.count(scopeOf(actor), since)) >= DOCUMENTS_MAX) {
    return { kind: 'conflict', code: 'too_many', detail: `You have ${DOCUMENTS_MAX} documents: delete some first.` };
  }
  const bytesMax = deps.documentsBytesMax ?? DOCUMENTS_BYTES_MAX;
  if ((await tx.documents.bytesOf(payer, since)) + sizeBytes <= bytesMax) return null;
  const detail = `Documents of an account and its sub-accounts may have ${bytesMax} bytes together: delete some first.`;
  return { kind: 'conflict', code: 'too_many', detail };
}

/** Renames a document, or changes the customer's own words for it. */
export function updateDocument(
  deps: Deps,
  actor: Actor,
  id: string,
  patch: { readonly filename?: string; readonly customerReference?: string | null },
): Promise<Result<Changed<DocumentFile>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<DocumentFile, RequestRefusal>> => {
    const before = await lockDocument(tx, deps, actor, id);
    if (before === null) return NOT_FOUND;
    const filename = patch.filename ?? before.filename;
    const customerReference = patch.customerReference === undefined ? before.customerReference : patch.customerReference;
    if (filename === before.filename && customerReference === before.customerReference) return ok(before);
    const after = { ...before, filename, customerReference, updatedAt: deps.clock.now() };
    await tx.documents.save(after);
    await audit(tx, 'document.update', before, after);
    return ok(after);
  });
}

/** Deletes a document that no value names. */
export function deleteDocument(deps: Deps, actor: Actor, id: string): Promise<Result<Changed<DocumentFile>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<DocumentFile, RequestRefusal>> => {
    const before = await lockDocument(tx, deps, actor, id);
    if (before === null) return NOT_FOUND;
    const values = await tx.references.countUsing('document', id);
    if (values > 0) return err({ kind: 'in_use', detail: 'Requirements refer to this document.', counts: { values } });
    await tx.documents.remove(id);
    await audit(tx, 'document.delete', before, null);
    return ok(before);
  });
}

/** Reads a document of the actor's; a foreign one does not exist (invariant 11). */
export async function findDocument(
  deps: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
  actor: Actor,
  id: string,
): Promise<Result<DocumentFile, RequestRefusal>> {
  const document = await deps.unitOfWork.read((tx) => tx.documents.get(id));
  return isThere(deps, actor, document) ? ok(document) : NOT_FOUND;
}

/** The same with its content. */
export async function readDocument(
  deps: { readonly unitOfWork: UnitOfWork; readonly clock: Clock },
  actor: Actor,
  id: string,
): Promise<Result<{ readonly document: DocumentFile; readonly content: Buffer }, RequestRefusal>> {
  return deps.unitOfWork.read(async (tx) => {
    const document = await tx.documents.get(id);
    const content = isThere(deps, actor, document) ? await tx.documents.content(id) : null;
    return document === null || content === null ? NOT_FOUND : ok({ document, content });
  });
}

const isThere = ({ clock }: { readonly clock: Clock }, actor: Actor, document: DocumentFile | null): document is DocumentFile =>
  document !== null && isKept(document, clock.now()) && isOwnThing(actor, document);

async function lockDocument(tx: Transaction, deps: Deps, actor: Actor, id: string): Promise<DocumentFile | null> {
  const document = await tx.documents.lock(id);
  return isThere(deps, actor, document) ? document : null;
}

/** The content stays out of the audit: the hash says which it was. */
function audit(tx: Transaction, action: string, before: DocumentFile | null, after: DocumentFile | null): Promise<void> {
  const document = after ?? before;
  if (document === null) throw new Error('a document that never was cannot be audited');
  const shown = (each: DocumentFile | null) => (each === null ? null : { ...each, sha256: each.sha256.toString('hex') });
  const accountId = document.holder.subAccountId ?? document.holder.ownerAccountId;
  return tx.audit({ action, resource: `document:${document.id}`, accountId, before: shown(before), after: shown(after) });
}
