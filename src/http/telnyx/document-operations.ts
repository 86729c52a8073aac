import { z } from 'zod';
import type { Changed } from '../../app/change.ts';
import {
  deleteDocument,
  findDocument,
  readDocument,
  type UploadDeps,
  updateDocument,
  uploadDocument,
} from '../../app/documents/document-box.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { type DocumentFile, UNLINKED_MS } from '../../domain/document.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { createSlots, type Slots } from '../slots.ts';
import { idParams, textField, timeText } from '../wire-fields.ts';
import { listQuery, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { readFormUpload, readJsonUpload, uploadBody, uploadBodyBytes } from './read-upload.ts';
import { sortFields, sortOf } from './sorts.ts';

export interface DocumentDeps extends UploadDeps {
  /** Default 10 MiB. */
  readonly documentBytesMax?: number;
  /** Uploads and downloads at once; default 4. Each has its file in memory a few times. */
  readonly documentTransfersMax?: number;
  /** How long one more waits for its turn, in ms; default 5000. */
  readonly documentWaitMs?: number;
}

const TAG = 'Documents';
const resource = 'document' as const;
const sizeMax = (deps: DocumentDeps): number => deps.documentBytesMax ?? 10 * 1024 * 1024;

const documentSchema = z.object({
  id: z.string(),
  record_type: z.literal('document'),
  filename: z.string(),
  content_type: z.string(),
  customer_reference: z.string().optional(),
  status: z.enum(['pending', 'verified', 'denied']),
  av_scan_status: z.literal('not_scanned'),
  size: z.object({ amount: z.int(), unit: z.literal('bytes') }),
  sha256: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
const responses = {
  200: { description: 'The document.', schema: oneSchema(documentSchema) },
  404: { description: 'No such document of yours' },
};
const busy = { description: 'Too many documents are on their way: try again' };

const presentDocument = (document: DocumentFile) => ({
  id: document.id,
  record_type: 'document',
  filename: document.filename,
  content_type: document.contentType,
  ...(document.customerReference === null ? {} : { customer_reference: document.customerReference }),
  status: document.status,
  av_scan_status: 'not_scanned',
  size: { amount: document.sizeBytes, unit: 'bytes' },
  sha256: document.sha256.toString('hex'),
  created_at: timeText(document.createdAt),
  updated_at: timeText(document.updatedAt),
});

/** Documents, which values of requirements name: list, upload, retrieve, update, delete, download. */
export function documentOperations(deps: DocumentDeps): AnyOperation[] {
  const slots = createSlots({ countMax: deps.documentTransfersMax ?? 4, waitMs: deps.documentWaitMs ?? 5000 });
  return [list(deps), upload(deps, slots), get(deps), update(deps), remove(deps), download(deps, slots)];
}

const SORTS = { filename: 'filename', created_at: 'created_at', updated_at: 'updated_at' } as const;

const list = (deps: DocumentDeps) =>
  operation({
    method: 'GET',
    path: '/documents',
    operationId: 'listDocuments',
    summary: 'List all documents',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[filename][contains]': textField(255).optional(),
      'filter[customer_reference][eq]': textField(255).optional(),
      'filter[created_at][gt]': timeFilter().optional(),
      'filter[created_at][lt]': timeFilter().optional(),
      ...sortFields(SORTS),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of documents.', schema: listSchema(documentSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        unlinkedSince: deps.clock.now() - UNLINKED_MS,
        ...given('filenameContains', query['filter[filename][contains]']),
        ...given('customerReference', query['filter[customer_reference][eq]']),
        ...given('createdAfter', query['filter[created_at][gt]']),
        ...given('createdBefore', query['filter[created_at][lt]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.documents.list(filter, sortOf(query), offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentDocument), meta: metaOf(query, total) } });
    },
  });

const upload = (deps: DocumentDeps, slots: Slots) =>
  operation({
    method: 'POST',
    path: '/documents',
    operationId: 'uploadDocument',
    summary: 'Upload a document; one that no requirement refers to is deleted after 30 minutes',
    tag: TAG,
    body: uploadBody,
    streams: ['multipart/form-data'],
    bodyBytesMax: uploadBodyBytes(sizeMax(deps)),
    slots,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: {
      200: responses[200],
      422: { description: 'A bad field, a file of another type than PDF, PNG, JPEG and TIFF, or too many documents' },
      503: busy,
    },
    async handle({ actor, body, stream, headers }) {
      const given =
        stream === null
          ? readJsonUpload(body, sizeMax(deps))
          : await readFormUpload(stream.readable, headers['content-type'] ?? '', sizeMax(deps));
      return given.ok ? answerOnce(actor, () => uploadDocument(deps, actor, given.value), answer) : given;
    },
  });

const get = (deps: DocumentDeps) =>
  operation({
    method: 'GET',
    path: '/documents/:id',
    operationId: 'retrieveDocument',
    summary: 'Retrieve a document',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const found = await findDocument(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: { data: presentDocument(found.value) } }) : found;
    },
  });

const updateBody = z
  .object({ filename: textField(255).optional(), customer_reference: textField(255, 0).nullable().optional() })
  .transform((body) => ({
    ...given('filename', body.filename),
    ...given('customerReference', body.customer_reference === '' ? null : body.customer_reference),
  }));

const update = (deps: DocumentDeps) =>
  operation({
    method: 'PATCH',
    path: '/documents/:id',
    operationId: 'updateDocument',
    summary: 'Update a document',
    tag: TAG,
    resource,
    params: idParams,
    body: updateBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'A bad field' } },
    handle: async ({ actor, params, body }) => answered(await updateDocument(deps, actor, params.id, body)),
  });

const remove = (deps: DocumentDeps) =>
  operation({
    method: 'DELETE',
    path: '/documents/:id',
    operationId: 'deleteDocument',
    summary: 'Delete a document that no requirement refers to',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'Requirements refer to it' } },
    handle: async ({ actor, params }) => answered(await deleteDocument(deps, actor, params.id)),
  });

const download = (deps: DocumentDeps, slots: Slots) =>
  operation({
    method: 'GET',
    path: '/documents/:id/download',
    operationId: 'downloadDocument',
    summary: 'Download a document',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    slots,
    responses: { 200: { description: 'The file as it was uploaded.' }, 404: responses[404], 503: busy },
    async handle({ actor, params }) {
      const found = await readDocument(deps, actor, params.id);
      if (!found.ok) return found;
      const { document, content } = found.value;
      const headers = { 'Content-Type': document.contentType, 'Content-Disposition': attachmentOf(document.filename) };
      return ok({ status: 200, bytes: content, headers });
    },
  });

/** RFC 6266 §4.3 with RFC 8187: a name of any letters in ASCII, and never a page of ours. */
const attachmentOf = (filename: string): string =>
  `attachment; filename*=UTF-8''${encodeURIComponent(filename).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )}`;

const answer = ({ value, propagation }: Changed<DocumentFile>): Answer => ({
  status: 200,
  body: { data: presentDocument(value) },
  headers: propagationHeaders(propagation, null),
});

const answered = (done: Result<Changed<DocumentFile>, RequestRefusal>): Result<Answer, RequestRefusal> =>
  done.ok ? ok(answer(done.value)) : done;
