import { adminFace } from '../../../src/http/admin/admin-face.ts';
import type { Face } from '../../../src/http/face.ts';
import { krosFace } from '../../../src/http/kros/kros-face.ts';
import { openApiOf } from '../../../src/http/openapi.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../../src/http/vobiz/vobiz-face.ts';
import type { JsonSchema } from './schema-type.ts';

/** What is read of an operation in an OpenAPI document. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >;
}

/** An OpenAPI document as far as it is read here. */
export interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Faces describe themselves without doing anything: whatever they would work with is never asked. */
const nothing: never = new Proxy(() => nothing, { get: (_, key) => (key === Symbol.toPrimitive ? () => '' : nothing) }) as never;

/** Bounds are part of what a face says of itself: the defaults of the product. */
const bounds: Readonly<Record<string, number>> = {
  importRowsMax: 100_000,
  importBytesMax: 256 * 1024 * 1024,
  documentBytesMax: 16 * 1024 * 1024,
};
const deps = new Proxy({}, { get: (_, key) => bounds[String(key)] ?? nothing }) as never;

/** The documents of all faces by name. */
export const describedFaces = (): Readonly<Record<string, Document>> => {
  const faces: readonly Face[] = [adminFace(deps), krosFace(deps), telnyxFace(deps), vobizFace(deps)];
  return Object.fromEntries(faces.map((face) => [face.name, openApiOf(face, null) as unknown as Document]));
};
