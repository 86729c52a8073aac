/** The words of JSON Schema that our documents use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly description?: string;
  /** The name of its type. */
  readonly title?: string;
}

/** Types that have a name, by the text of their schema. */
export type TypeNames = ReadonlyMap<string, string>;

const PLAIN: Readonly<Record<string, string>> = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** A JSON Schema as the TypeScript type of what it accepts; named types are named, unless this is the top of one. */
export function schemaType(schema: JsonSchema, names: TypeNames, top = false): string {
  const name = top ? undefined : names.get(JSON.stringify(schema));
  if (name !== undefined) return name;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return union(choices.map((choice) => schemaType(choice, names)));
  if (Array.isArray(schema.type)) return union(schema.type.map((type: string) => schemaType({ ...schema, type }, names, true)));
  if (schema.type === 'array') return `readonly (${schemaType(schema.items ?? {}, names)})[]`;
  if (schema.type === 'object') return objectType(schema, names);
  return PLAIN[String(schema.type)] ?? 'unknown';
}

/** The members of an object type; `extra` is written after the property's own. */
export function objectType({ properties, required = [], additionalProperties }: JsonSchema, names: TypeNames): string {
  if (properties === undefined || Object.keys(properties).length === 0) {
    const values = typeof additionalProperties === 'object' ? schemaType(additionalProperties, names) : 'unknown';
    return `Readonly<Record<string, ${values}>>`;
  }
  const members = Object.entries(properties).map(([name, schema]) => {
    const type = schemaType(schema, names);
    const about = schema.description === undefined ? '' : `/** ${schema.description.replaceAll('*/', '* /')} */\n`;
    return `${about}readonly ${keyOf(name)}${required.includes(name) ? `: ${type}` : `?: ${union([type, 'undefined'])}`};`;
  });
  return `{\n${members.join('\n')}\n}`;
}

const keyOf = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));

/** Alternatives once each; `unknown` swallows all others. */
function union(types: readonly string[]): string {
  const once = [...new Set(types)];
  return once.includes('unknown') ? 'unknown' : once.join(' | ');
}
