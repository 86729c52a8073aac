import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Face } from './face.ts';
import { IDEMPOTENCY_PARAMETER } from './idempotency-key.ts';
import { isMounted, MOUNTS, type Mount } from './mount-table.ts';
import type { AnyOperation, ResponseSpec } from './operation.ts';
import { TAG_DESCRIPTIONS } from './tag-descriptions.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of a face, from the very schemas that validate. */
export function openApiOf(face: Face, publicUrl: string | null): Json {
  const paths: Record<string, Json> = {};
  for (const mount of MOUNTS.filter((each) => each.face === face.name)) {
    for (const operation of face.operations.filter(({ path }) => isMounted(mount, path))) {
      const path = `${mount.at}${operation.path.replace(/:([A-Za-z_]\w*)/g, '{$1}')}`;
      paths[path] = { ...paths[path], [operation.method.toLowerCase()]: operationOf(face, mount, operation) };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: face.title, version: '0.1.0', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    // Without an address of its own the document's own server is meant (OpenAPI 3.1 §4.8.5).
    servers: [{ url: publicUrl ?? '/' }],
    tags: [...new Set(face.operations.map(({ tag }) => tag))].map((name) => ({ name, description: TAG_DESCRIPTIONS[name] })),
    paths,
    components: { securitySchemes: face.securitySchemes, schemas: { Error: schemaOf(face.errorSchema, 'output') } },
    security: Object.keys(face.securitySchemes).map((name) => ({ [name]: [] })),
  };
}

function operationOf(face: Face, mount: Mount, operation: AnyOperation): Json {
  return {
    operationId: `${operation.operationId}${mount.operationIdSuffix}`,
    summary: operation.summary,
    tags: [operation.tag],
    parameters: [
      ...parametersOf(operation.params, 'path'),
      ...parametersOf(operation.query, 'query'),
      ...(operation.changes && face.wait === 'query' ? [WAIT, OVERRIDE] : []),
      ...(operation.method === 'POST' ? [IDEMPOTENCY_PARAMETER] : []),
      ...face.headerParameters,
    ],
    ...(operation.body === undefined ? {} : { requestBody: requestBodyOf(operation, operation.body) }),
    responses: responsesOf(face, operation),
  };
}

const WAIT = {
  name: 'wait',
  in: 'query',
  required: false,
  description: 'Whether the answer waits until the change is in force on the routing plane, or until every live agent has it.',
  schema: { type: 'string', enum: ['committed', 'applied', 'agents'], default: 'applied' },
};

const OVERRIDE = {
  name: 'expectations',
  in: 'query',
  required: false,
  description: 'Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited.',
  schema: { type: 'string', enum: ['keep', 'override'], default: 'keep' },
};

function requestBodyOf({ streams = [] }: AnyOperation, body: z.ZodType): Json {
  const json = { 'application/json': { schema: schemaOf(body, 'input') } };
  const others = streams.map((mediaType) => [mediaType, { schema: { type: 'string' } }] as const);
  return { required: true, content: { ...json, ...Object.fromEntries(others) } };
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property;
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description ? { description } : {}),
      schema: asWritten(rest),
    };
  });
}

/** What is read as text and told of as a flag: to a reader of the document its values are true and false, not texts. */
const asWritten = ({ enum: words, ...rest }: Json): Json =>
  words === undefined || rest.type === 'boolean' ? rest : { ...rest, enum: words };

function responsesOf(face: Face, operation: AnyOperation): Json {
  const own = Object.entries(operation.responses).map(([status, spec]) => [status, responseOf(face, Number(status), spec)] as const);
  const refusals = [400, 401, 403, 429, 500].filter((status) => operation.responses[status] === undefined);
  const usual = refusals.map(
    (status) => [String(status), responseOf(face, status, { description: STATUS_CODES[status] ?? 'Error' })] as const,
  );
  return Object.fromEntries([...own, ...usual]);
}

function responseOf(face: Face, status: number, { description, schema }: ResponseSpec): Json {
  if (status >= 400) return { description, content: { [face.errorMediaType]: { schema: { $ref: '#/components/schemas/Error' } } } };
  if (schema !== undefined) return { description, content: { 'application/json': { schema: schemaOf(schema, 'output') } } };
  // What answers 200 without a schema sends a file.
  return { description, ...(status === 200 ? { content: { '*/*': { schema: { type: 'string' } } } } : {}) };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
