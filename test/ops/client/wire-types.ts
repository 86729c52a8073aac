import type { ClientOperation } from './client-files.ts';
import { type JsonSchema, schemaType } from './schema-type.ts';

/** The names of the types of each operation, by its id. */
export type OperationTypes = ReadonlyMap<
  string,
  { readonly query?: string; readonly body?: string; readonly answer?: string; readonly row?: string }
>;

/** The JSON schema of what an operation answers when it did what was asked; undefined for no content and for files. */
export function answerSchema({ responses }: ClientOperation): JsonSchema | undefined {
  const [, success] = Object.entries(responses).find(([status]) => status < '300') ?? [];
  return success?.content?.['application/json']?.schema;
}

/** The property with the rows of a list; undefined for what is no list. */
export function rowsKey(schema: JsonSchema | undefined): string | undefined {
  const lists = Object.entries(schema?.properties ?? {}).filter(([, { type }]) => type === 'array');
  const isPage = ['next', 'meta', 'total'].some((key) => schema?.properties?.[key] !== undefined);
  return isPage && lists.length === 1 ? lists[0]?.[0] : undefined;
}

const capital = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}`;

/** Types of bodies, queries and answers as they are on the wire. What two operations share is written once. */
export function wireTypesOf(operations: readonly ClientOperation[]): { readonly text: string; readonly types: OperationTypes } {
  const names = new Map<string, string>();
  const declared: { name: string; schema: JsonSchema; about: string }[] = [];
  const nameIt = (schema: JsonSchema, name: string, about: string): string => {
    const text = JSON.stringify(schema);
    const known = names.get(text);
    if (known !== undefined) return known;
    names.set(text, name);
    declared.push({ name, schema, about });
    return name;
  };
  const types = new Map<string, { query?: string; body?: string; answer?: string; row?: string }>();
  // What is got one by one gives its name to what lists and changes answer.
  const getsFirst = operations.toSorted((a, b) => Number(isGet(b)) - Number(isGet(a)));
  for (const operation of getsFirst) {
    const id = capital(operation.operationId);
    const answer = answerSchema(operation);
    const body = operation.requestBody?.content['application/json']?.schema;
    const query = querySchema(operation);
    const key = rowsKey(answer);
    const items = key === undefined ? undefined : answer?.properties?.[key]?.items;
    types.set(operation.operationId, {
      ...(items?.properties === undefined ? {} : { row: nameIt(items, `${id}Row`, `One row of \`${operation.operationId}\`.`) }),
      ...(answer === undefined
        ? {}
        : {
            answer: nameIt(
              answer,
              `${isGet(operation) ? id.replace(/^(Get|Retrieve)/, '') : id}Answer`,
              `What \`${operation.operationId}\` answers.`,
            ),
          }),
      ...(body === undefined ? {} : { body: nameIt(body, `${id}Body`, `What \`${operation.operationId}\` is sent.`) }),
      ...(query === undefined ? {} : { query: nameIt(query, `${id}Query`, `How \`${operation.operationId}\` is asked.`) }),
    });
  }
  // A list that grows while it is walked: what has a name may hold what has one.
  for (const { schema } of declared)
    for (const one of titledIn(schema)) nameIt(one, one.title ?? '', one.description ?? `Part of what is sent or answered.`);
  const text = declared.map(({ name, schema, about }) => {
    const type = schemaType(schema, names, true);
    return `/** ${about} */\n${isInterface(schema, type) ? `export interface ${name} ${type}` : `export type ${name} = ${type};`}`;
  });
  return { text: `${text.join('\n\n')}\n`, types };
}

/** Several shapes in one begin with a brace too. */
const isInterface = ({ anyOf, oneOf }: JsonSchema, type: string): boolean =>
  anyOf === undefined && oneOf === undefined && type.startsWith('{');

/** The schemas inside of one that have a name of their own, and those inside of these not. */
function titledIn(schema: JsonSchema): JsonSchema[] {
  const inside = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
  ];
  return inside.flatMap((one) => (one.title === undefined ? titledIn(one) : [one]));
}

const isGet = ({ operationId }: ClientOperation): boolean => /^(get|retrieve)[A-Z]/.test(operationId);

function querySchema({ parameters }: ClientOperation): JsonSchema | undefined {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  if (inQuery.length === 0) return undefined;
  return {
    type: 'object',
    properties: Object.fromEntries(
      inQuery.map(({ name, schema, description }) => [name, { ...schema, ...(description === undefined ? {} : { description }) }]),
    ),
    required: inQuery.filter(({ required }) => required).map(({ name }) => name),
  };
}
