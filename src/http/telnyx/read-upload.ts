import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { UploadInput } from '../../app/documents/document-box.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { invalidFields } from '../invalid-fields.ts';
import { textField } from '../wire-fields.ts';

const PARTS_MAX = 20;
const FORM_EXTRA_BYTES = 64 * 1024;
const NAME_DEFAULT = 'document';

const name = () =>
  textField(255, 0)
    .nullable()
    .optional()
    .transform((text) => (text === '' ? null : (text ?? null)));

/** `POST /documents` as JSON. */
export const uploadBody = z.object({
  file: z.string().nullable().optional().describe('The content in base64.'),
  url: z
    .string()
    .nullable()
    .optional()
    // Nothing is fetched for a stranger: its address could be one of ours (decision C6).
    .refine((url) => url === undefined || url === null || url === '', {
      message: 'Documents are not fetched: send the content in `file`.',
      params: { problem: 'not_supported' },
    }),
  filename: name(),
  customer_reference: name(),
});

/** How long a JSON body may be that carries a file of this size in base64. */
export const uploadBodyBytes = (documentBytesMax: number): number => Math.ceil((documentBytesMax * 4) / 3) + FORM_EXTRA_BYTES;

/** Reads an upload from its JSON form. */
export function readJsonUpload(body: z.infer<typeof uploadBody>, bytesMax: number): Result<UploadInput, RequestRefusal> {
  const text = body.file ?? '';
  if (text === '') return err(invalidBody(['file'], 'Send the content in base64.', 'missing'));
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return err(invalidBody(['file'], 'Must be base64.'));
  const content = Buffer.from(text, 'base64');
  if (content.length > bytesMax) return err({ kind: 'body_too_large', bytesMax });
  return ok({ content, filename: body.filename ?? NAME_DEFAULT, customerReference: body.customer_reference });
}

/** Reads an upload from a form (RFC 7578): a part `file`, and texts. */
export async function readFormUpload(
  readable: Readable,
  contentType: string,
  bytesMax: number,
): Promise<Result<UploadInput, RequestRefusal>> {
  const bytes = await readAll(readable, bytesMax + FORM_EXTRA_BYTES);
  if (bytes === null) return err({ kind: 'body_too_large', bytesMax });
  const form = await parseForm(bytes, contentType);
  if (form === null) return err({ kind: 'malformed_body', detail: 'The body is not a form of a few parts.' });
  const file = form.get('file');
  if (file === null || typeof file === 'string') return err(invalidBody(['file'], 'Send the file as part `file`.', 'missing'));
  if (file.size > bytesMax) return err({ kind: 'body_too_large', bytesMax });
  const texts = { url: form.get('url'), filename: form.get('filename') ?? file.name, customer_reference: form.get('customer_reference') };
  const parsed = uploadBody.omit({ file: true }).safeParse(texts);
  if (!parsed.success) return err({ kind: 'invalid', fields: invalidFields(parsed.error.issues, 'body', texts) });
  const content = Buffer.from(await file.arrayBuffer());
  if (content.length === 0) return err(invalidBody(['file'], 'The file is empty.', 'missing'));
  const { filename, customer_reference: customerReference } = parsed.data;
  return ok({ content, filename: filename ?? NAME_DEFAULT, customerReference });
}

/** The bytes, or null when there are more than `bytesMax`; the source is left as it is then. */
async function readAll(readable: Readable, bytesMax: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readable.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** The one boundary of a form, of the signs that it may have (RFC 2046 §5.1.1), none of which a quoted string escapes. */
const BOUNDARY = /;\s*boundary=("?)([0-9A-Za-z'()+_,\-./:=?]{1,70})\1\s*(?:;|$)/i;

/** Node's own parser, kept from forms of endless parts by counting their boundaries first. */
async function parseForm(bytes: Buffer<ArrayBuffer>, contentType: string): Promise<FormData | null> {
  const boundary = BOUNDARY.exec(contentType)?.[2];
  if (boundary === undefined) return null;
  let count = 0;
  for (let at = bytes.indexOf(`--${boundary}`); at >= 0; at = bytes.indexOf(`--${boundary}`, at + boundary.length)) {
    count += 1;
    if (count > PARTS_MAX + 1) return null;
  }
  try {
    // By the boundary that was counted: a header can be made to show another one to each that reads it.
    return await new Response(bytes, { headers: { 'Content-Type': `multipart/form-data; boundary="${boundary}"` } }).formData();
  } catch {
    return null;
  }
}
