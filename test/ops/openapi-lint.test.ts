import { describe, expect, it } from 'vitest';
import { type DescribedOperation, type Document, describedFaces } from './client/described-faces.ts';
import { lintDocument } from './client/lint-document.ts';

const documents = describedFaces();

describe.each(Object.keys(documents))('the OpenAPI document of %s', (face) => {
  it('breaks no rule of the linter', () => {
    expect(lintDocument(documents[face]!)).toEqual([]);
  });
});

describe('the linter', () => {
  const [path, item] = Object.entries(documents.admin!.paths).find(([each]) => each.endsWith('/numbers/{id}'))!;
  const broken = (change: (operation: DescribedOperation) => object): Document => ({
    ...documents.admin!,
    paths: { [path]: { get: { ...item.get!, ...change(item.get!) } as DescribedOperation } },
  });

  it.each<[string, (operation: DescribedOperation) => object, RegExp]>([
    ['a path parameter that is not declared', () => ({ parameters: [] }), /id is in the path and not declared/],
    ['a parameter told of twice', ({ parameters }) => ({ parameters: [...parameters, ...parameters] }), /declared twice/],
    ['a tag that nothing says anything of', () => ({ tags: ['Nowhere'] }), /tag Nowhere has no description/],
    ['an operation without a summary', () => ({ summary: '' }), /no summary/],
    ['an operation without an id', () => ({ operationId: '' }), /operationId/],
    ['no success', () => ({ responses: { 400: { description: 'No.' } } }), /no success/],
    ['a success without a schema', () => ({ responses: { 200: { description: 'Yes.' } } }), /200 has no schema/],
    ['a reference to nothing', () => ({ responses: { 200: answer({ $ref: '#/components/schemas/Nothing' }) } }), /points to nothing/],
    ['an enum of another type', () => ({ responses: { 200: answer({ type: 'boolean', enum: ['yes'] }) } }), /enum/],
    ['an example that is not valid', () => ({ responses: { 200: answer({ type: 'string', example: 1 }) } }), /example/],
    [
      'a required property that is not there',
      () => ({ responses: { 200: answer({ type: 'object', properties: {}, required: ['x'] }) } }),
      /requires x/,
    ],
    ['a pattern that no engine reads', () => ({ responses: { 200: answer({ type: 'string', pattern: '(' }) } }), /pattern/],
  ])('finds %s', (_, change, message) => {
    expect(lintDocument(broken(change)).join('\n')).toMatch(message);
  });

  it('finds two operations of one id', () => {
    const twice = { ...documents.admin!, paths: { [path]: item, '/other': { get: { ...item.get!, parameters: [] } } } };
    expect(lintDocument(twice).join('\n')).toMatch(/operationId getNumber is used twice/);
  });
});

const answer = (schema: object) => ({ description: 'Yes.', content: { 'application/json': { schema } } });
