/** A JSON schema as the OpenAPI documents have them; only what these pages show. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

/** One field of a body: `gateways[].uri`, what it may be, and whether it must be there. */
export interface DocumentedField {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly about: string;
}

const DEPTH_MAX = 6;
/** Zod bounds every integer by what a double can hold; that says nothing. */
const isBound = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** What a value may be, in a few words: `string (uuid)`, `live | test`, `integer 1…500`, `list of object`. */
export function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(' | ');
  if (schema.type === 'array') return `list of ${typeText(schema.items ?? {})}`;
  const type = typeof schema.type === 'string' ? schema.type : (schema.type?.join(' | ') ?? 'any');
  return `${type}${schema.format === undefined ? '' : ` (${schema.format})`}${rangeText(schema)}`;
}

function rangeText({ type, minimum, maximum, minLength, maxLength }: JsonSchema): string {
  const [low, high] = type === 'string' ? [minLength, maxLength] : [minimum, maximum];
  const unit = type === 'string' ? ' characters' : '';
  if (isBound(low) && isBound(high)) return ` ${low}…${high}${unit}`;
  if (isBound(high)) return ` ≤ ${high}${unit}`;
  return isBound(low) && low > 0 ? ` ≥ ${low}${unit}` : '';
}

/** The fields of an object and of what lies in it, one below the other. */
export function fieldsOf(schema: JsonSchema, at = '', depth = 0): readonly DocumentedField[] {
  const object = objectIn(schema);
  if (object === null || depth > DEPTH_MAX) return [];
  return Object.entries(object.schema.properties ?? {}).flatMap(([key, inner]) => {
    const name = `${at}${object.isList ? '[].' : at === '' ? '' : '.'}${key}`;
    const field = { name, type: typeText(inner), required: object.schema.required?.includes(key) ?? false, about: aboutOf(inner) };
    return [field, ...fieldsOf(inner, name, depth + 1)];
  });
}

/** The object that a schema is, may be, or lists. */
function objectIn(schema: JsonSchema): { readonly schema: JsonSchema; readonly isList: boolean } | null {
  if (schema.properties !== undefined) return { schema, isList: false };
  if (schema.items !== undefined) {
    const inner = objectIn(schema.items);
    return inner === null ? null : { schema: inner.schema, isList: true };
  }
  for (const choice of schema.anyOf ?? schema.oneOf ?? []) {
    const found = objectIn(choice);
    if (found !== null) return found;
  }
  return null;
}

const aboutOf = ({ description, default: standard }: JsonSchema): string =>
  [description ?? '', standard === undefined || standard === null ? '' : `Default ${JSON.stringify(standard)}.`]
    .filter((text) => text !== '')
    .join(' ');
