import type { DescribedOperation, Document } from './described-faces.ts';
import type { JsonSchema } from './schema-type.ts';

/** The rest of what a schema of ours may say. */
interface LintedSchema extends JsonSchema {
  readonly $ref?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly not?: JsonSchema;
  readonly propertyNames?: JsonSchema;
}

/**
 * The rules that the common linters of OpenAPI 3.1 recommend, as far as our documents can break them; one line a finding. Their
 * own verdict on these documents is the same, and none of them has to be installed for it.
 */
export function lintDocument(document: Document): string[] {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, path, operation })),
  );
  const ids = operations.map(({ operation }) => operation.operationId);
  return [
    ...(/^3\.1\.\d+$/.test(document.openapi) ? [] : [`openapi is ${document.openapi}`]),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `operationId ${id} is used twice`),
    ...schemeFindings(document),
    ...operations.flatMap(({ at, path, operation }) => [
      ...operationFindings(document, operation).map((finding) => `${at}: ${finding}`),
      ...parameterFindings(path, operation).map((finding) => `${at}: ${finding}`),
      ...schemasOf(operation).flatMap(([where, schema]) => schemaFindings(document, schema, `${at} ${where}`)),
    ]),
  ];
}

function schemeFindings({ components, security }: Document): string[] {
  const used = security.flatMap((each) => Object.keys(each));
  const unknown = used.filter((name) => components.securitySchemes[name] === undefined);
  return [...unknown.map((name) => `security scheme ${name} is not declared`), ...(used.length === 0 ? ['nothing is asked for'] : [])];
}

function operationFindings({ tags = [] }: Document, { operationId, summary, tags: own, responses }: DescribedOperation): string[] {
  const undescribed = own.filter((name) => !tags.find((tag) => tag.name === name)?.description);
  const statuses = Object.keys(responses);
  return [
    ...(/^[a-z]\w*$/i.test(operationId) ? [] : [`operationId ${JSON.stringify(operationId)} is no name`]),
    ...(summary === '' ? ['it has no summary'] : []),
    ...(own.length === 1 ? [] : ['it has not one tag']),
    ...undescribed.map((name) => `tag ${name} has no description`),
    ...(statuses.some((status) => /^2/.test(status)) ? [] : ['no success is described']),
    ...(statuses.some((status) => /^4/.test(status)) ? [] : ['no refusal is described']),
    ...Object.entries(responses).flatMap(([status, { description, content = {} }]) => [
      ...(description === '' ? [`${status} has no description`] : []),
      ...(['204', '304'].includes(status) || Object.values(content).some(({ schema }) => schema !== undefined)
        ? []
        : [`${status} has no schema`]),
    ]),
  ];
}

function parameterFindings(path: string, { parameters }: DescribedOperation): string[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const declared = parameters.filter((parameter) => parameter.in === 'path');
  const keys = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
  return [
    ...inPath.filter((name) => !declared.some((each) => each.name === name)).map((name) => `${name} is in the path and not declared`),
    ...declared.filter(({ name }) => !inPath.includes(name)).map(({ name }) => `${name} is declared and not in the path`),
    ...declared.filter(({ required }) => !required).map(({ name }) => `${name} is in the path and not required`),
    ...keys.filter((key, index) => keys.indexOf(key) !== index).map((key) => `${key} is declared twice`),
    ...parameters.filter(({ schema }) => schema === undefined).map(({ name }) => `${name} has no schema`),
  ];
}

const schemasOf = ({ parameters, requestBody, responses }: DescribedOperation): [string, LintedSchema][] => [
  ...parameters.map(({ name, schema }): [string, LintedSchema] => [name, schema]),
  ...Object.entries(requestBody?.content ?? {}).map(([type, { schema }]): [string, LintedSchema] => [type, schema]),
  ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.values(content).map(({ schema }): [string, LintedSchema] => [status, schema]),
  ),
];

function schemaFindings(document: Document, schema: LintedSchema, at: string): string[] {
  const { properties = {}, required = [], additionalProperties, items, not, propertyNames } = schema;
  const inner: [string, JsonSchema | undefined][] = [
    ...Object.entries(properties),
    ...(schema.anyOf ?? []).map((each, index): [string, JsonSchema] => [`anyOf ${index}`, each]),
    ...(schema.oneOf ?? []).map((each, index): [string, JsonSchema] => [`oneOf ${index}`, each]),
    ['items', items],
    ['not', not],
    ['propertyNames', propertyNames],
    ['additionalProperties', typeof additionalProperties === 'object' ? additionalProperties : undefined],
  ];
  const wrong = (schema.enum ?? []).filter((value) => !isOfType(value, schema.type));
  const valued = [
    ['example', schema.example],
    ['default', schema.default],
  ] as const;
  return [
    ...(schema.$ref !== undefined && document.components.schemas[schema.$ref.replace('#/components/schemas/', '')] === undefined
      ? [`${at}: ${schema.$ref} points to nothing`]
      : []),
    ...wrong.map((value) => `${at}: enum has ${JSON.stringify(value)}, which is no ${schema.type}`),
    ...required.filter((name) => properties[name] === undefined).map((name) => `${at}: requires ${name}, which it has not`),
    ...(schema.pattern !== undefined && !isPattern(schema.pattern) ? [`${at}: pattern ${schema.pattern} cannot be read`] : []),
    ...valued
      .filter(([, value]) => value !== undefined && !isValid(value, schema))
      .map(([word, value]) => `${at}: ${word} ${JSON.stringify(value)} is not valid`),
    ...inner.flatMap(([name, each]) => (each === undefined ? [] : schemaFindings(document, each, `${at}.${name}`))),
  ];
}

function isValid(value: unknown, { type, enum: words, pattern }: LintedSchema): boolean {
  if (!isOfType(value, type) || (words !== undefined && !words.includes(value))) return false;
  return pattern === undefined || typeof value !== 'string' || new RegExp(pattern, 'u').test(value);
}

function isOfType(value: unknown, type: JsonSchema['type']): boolean {
  if (type === undefined) return true;
  const own = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return [type]
    .flat()
    .some((each) => each === own || (own === 'number' && (each === 'number' || (each === 'integer' && Number.isInteger(value)))));
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
}
