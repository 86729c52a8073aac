import { type ClientOperation, camel, wireFile } from './client-files.ts';
import { answerSchema, type OperationTypes, rowsKey } from './wire-types.ts';

/** The module with the methods of one tag. */
export function methodsOf(tag: string, operations: readonly ClientOperation[], types: OperationTypes): string {
  const methods = operations.flatMap((operation) => [methodOf(operation, types), ...iteratorOf(operation, types)]);
  const text = methods.join('\n');
  const used = [...types.values()].flatMap(({ query, body, answer }) => [query, body, answer]).filter((name) => name !== undefined);
  const imported = [...new Set(used)].filter((name) => new RegExp(`\\b${name}\\b`).test(text)).toSorted();
  const pages = ['byCursor', 'byOffset', 'byNumber'].filter((name) => text.includes(`${name}(`));
  const sends = ['CallOptions', ...(text.includes('RawBody') ? ['RawBody'] : []), 'Send'];
  return [
    ...(pages.length === 0 ? [] : [`import { ${pages.join(', ')} } from '../pages.ts';`]),
    ...(text.includes('segment(') ? [`import { segment } from '../segment.ts';`] : []),
    `import type { ${sends.join(', ')} } from '../send.ts';`,
    ...(imported.length === 0 ? [] : [`import type { ${imported.join(', ')} } from '${wireFile(tag)}';`]),
    '',
    `/** ${tag}: one method an operation. */`,
    `export const ${camel(tag)}Api = (send: Send) => ({`,
    text,
    '});',
    '',
  ].join('\n');
}

function methodOf(operation: ClientOperation, types: OperationTypes): string {
  const { body, answer } = types.get(operation.operationId) ?? {};
  const streams = Object.keys(operation.requestBody?.content ?? {}).some((mediaType) => mediaType !== 'application/json');
  const parameters = [
    ...pathNames(operation).map((name) => `${name}: string`),
    ...(body === undefined ? [] : [`body: ${body}${streams ? ' | RawBody' : ''}`]),
    ...queryParameter(operation, types),
    'options?: CallOptions',
  ];
  const bodyPart = streams ? `...('mediaType' in body ? { raw: body as RawBody } : { json: body })` : 'json: body';
  const kind = answer !== undefined ? 'json' : hasFile(operation) ? 'file' : 'none';
  const call = callText(operation, types, [...(body === undefined ? [] : [bodyPart]), `answer: '${kind}'`]);
  const result = answer ?? (kind === 'file' ? 'string' : 'void');
  return `/** ${operation.summary} */\n${operation.operationId}: (${parameters.join(', ')}) => send<${result}>(${call}, options),`;
}

function iteratorOf(operation: ClientOperation, types: OperationTypes): string[] {
  const { answer } = types.get(operation.operationId) ?? {};
  const key = rowsKey(answerSchema(operation));
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  if (answer === undefined || key === undefined || operation.method !== 'GET') return [];
  const name = operation.operationId.replace(/^list/, 'iterate');
  const parameters = [
    ...pathNames(operation).map((each) => `${each}: string`),
    ...queryParameter(operation, types),
    'options?: CallOptions',
  ];
  const sent = (extra: string) => `send<${answer}>(${callText(operation, types, ["answer: 'json'"], extra)}, options)`;
  const walk = inQuery.includes('after')
    ? `byCursor((after) => ${sent('after: after ?? query.after')})`
    : inQuery.includes('offset')
      ? `byOffset(Number(query.offset ?? 0), async (offset) => (await ${sent('offset')}).${key})`
      : inQuery.includes('page[number]')
        ? `byNumber(async (page) => {\nconst { ${key}, meta } = await ${sent("'page[number]': page")};\nreturn { rows: ${key}, pages: meta.total_pages };\n})`
        : undefined;
  if (walk === undefined) return [];
  return [`/** The same, row after row through all pages. */\n${name}: (${parameters.join(', ')}) => ${walk},`];
}

function callText(operation: ClientOperation, types: OperationTypes, parts: readonly string[], extraQuery?: string): string {
  const { query } = types.get(operation.operationId) ?? {};
  const path = operation.path.includes('{')
    ? `\`${operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `\${segment(${camelName(name)})}`)}\``
    : `'${operation.path}'`;
  const queryPart = query === undefined ? [] : [extraQuery === undefined ? 'query' : `query: { ...query, ${extraQuery} }`];
  return `{ ${[`method: '${operation.method}'`, `path: ${path}`, ...queryPart, ...parts].join(', ')} }`;
}

function queryParameter(operation: ClientOperation, types: OperationTypes): string[] {
  const { query } = types.get(operation.operationId) ?? {};
  if (query === undefined) return [];
  const must = operation.parameters.some((parameter) => parameter.in === 'query' && parameter.required);
  return [`query: ${query}${must ? '' : ' = {}'}`];
}

const pathNames = ({ path }: ClientOperation): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => camelName(name));

const camelName = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const hasFile = ({ responses }: ClientOperation): boolean => Object.keys(responses).some((status) => status === '200');
