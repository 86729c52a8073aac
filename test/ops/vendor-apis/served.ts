import type { Face } from '../../../src/http/face.ts';
import { krosFace } from '../../../src/http/kros/kros-face.ts';
import { openApiOf } from '../../../src/http/openapi.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../../src/http/vobiz/vobiz-face.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

/** What the OpenAPI documents of the vendor faces say. */
export interface Served {
  /** `GET /v2/number_orders/{}`: without the names of path parameters. */
  readonly operations: ReadonlySet<string>;
  /** Fields of JSON bodies by face, those of lists as `list[].field`. */
  readonly fields: Readonly<Record<string, ReadonlySet<string>>>;
}

/** Faces describe themselves without doing anything: whatever they would work with is never asked. */
const nothing: never = new Proxy(() => nothing, { get: (_, key) => (key === Symbol.toPrimitive ? () => '' : nothing) }) as never;

/** An operation without the names of its path parameters. */
export const nameless = (operation: string): string => operation.replaceAll(/\{[^}]*\}/g, '{}');

/** Reads what the three vendor faces serve. */
export function readServed(): Served {
  const operations = new Set<string>();
  const fields: Record<string, Set<string>> = {};
  const faces: readonly Face[] = [krosFace(nothing), vobizFace(nothing), telnyxFace(nothing)];
  for (const face of faces) {
    const found = new Set<string>();
    const { paths } = openApiOf(face, null) as { paths: Record<string, Record<string, Operation>> };
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { requestBody }] of Object.entries(item)) {
        operations.add(nameless(`${method.toUpperCase()} ${path}`));
        const schema = requestBody?.content['application/json']?.schema;
        if (schema !== undefined) for (const field of fieldsOf(schema)) found.add(field);
      }
    }
    fields[face.name] = found;
  }
  return { operations, fields };
}

function fieldsOf({ properties = {} }: Schema): readonly string[] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    name,
    ...(schema.items === undefined ? [] : fieldsOf(schema.items).map((inner) => `${name}[].${inner}`)),
  ]);
}
