import { describe, expect, it } from 'vitest';
import { renderAdminRefusal } from '../../src/http/admin/render.ts';
import type { HttpRefusal, RefusalContext } from '../../src/http/http-refusal.ts';
import { renderKros } from '../../src/http/kros/refusals.ts';
import type { Answer, AnyOperation } from '../../src/http/operation.ts';
import { errorSchema, renderTelnyx } from '../../src/http/telnyx/refusals.ts';
import { renderVobiz } from '../../src/http/vobiz/refusals.ts';
import { detail, type Kind, SAMPLES, TABLE } from './refusal-table.ts';

const context: RefusalContext = { operation: { method: 'GET', resource: 'number' } as AnyOperation, requestId: 'r' };
// biome-ignore lint/suspicious/noExplicitAny: four shapes of errors are read here.
const bodyOf = (answer: Answer): any => answer.body;
const code = (answer: Answer): string => `${answer.status} ${bodyOf(answer).code}`;
const FACES = [
  (refusal: HttpRefusal) => code(renderKros(refusal, context)),
  (refusal: HttpRefusal) => {
    const answer = renderVobiz(refusal, context);
    return `${answer.status} ${bodyOf(answer).error.code ?? bodyOf(answer).error}`;
  },
  (refusal: HttpRefusal) => {
    const answer = renderTelnyx(refusal, context);
    return `${answer.status} ${bodyOf(answer).errors[0].code}`;
  },
  (refusal: HttpRefusal) => code(renderAdminRefusal(refusal, context)),
] as const;

describe('one refusal, four renderings', () => {
  it.each(Object.keys(TABLE) as Kind[])('%s', (kind) => {
    expect(FACES.map((render) => render(SAMPLES[kind]))).toEqual(TABLE[kind]);
  });

  it('needs nothing that a fault could tell', () => {
    for (const render of [renderKros, renderVobiz, renderTelnyx])
      expect(render(SAMPLES.fault, context)).toEqual(render(SAMPLES.fault, { ...context, requestId: 'other' }));
  });

  it('says when to come back wherever that is known', () => {
    for (const render of [renderKros, renderVobiz, renderTelnyx, renderAdminRefusal]) {
      expect(render(SAMPLES.rate_limited, context).headers).toMatchObject({ 'Retry-After': '5' });
      expect(render(SAMPLES.unavailable, context).headers).toMatchObject({ 'Retry-After': '1' });
    }
  });

  it('tells currencies that do not fit from the rest of the conflicts (decision B13)', () => {
    const mismatch: HttpRefusal = { kind: 'conflict', code: 'currency_mismatch', detail };
    expect(FACES.map((render) => render(mismatch))).toEqual([
      '400 CURRENCY_MISMATCH',
      '400 invalid request',
      '422 10027',
      '409 currency_mismatch',
    ]);
  });
});

describe('telnyx', () => {
  const telnyx = (refusal: HttpRefusal, method = 'GET'): Answer =>
    renderTelnyx(refusal, { ...context, operation: { method, resource: 'number' } as AnyOperation });

  it('has one shape', () => {
    for (const refusal of Object.values(SAMPLES)) expect(() => errorSchema.parse(telnyx(refusal).body), refusal.kind).not.toThrow();
  });

  it('keeps the client from sending a POST again that may have had its effect (decision B14)', () => {
    const hint = (refusal: HttpRefusal, method: string) => telnyx(refusal, method).headers?.['x-should-retry'];
    expect(hint(SAMPLES.fault, 'POST')).toBe('false');
    expect(hint(SAMPLES.unavailable, 'POST')).toBe('false');
    expect(hint(SAMPLES.idempotency_conflict, 'POST')).toBe('false');
    expect(hint(SAMPLES.fault, 'PATCH')).toBeUndefined();
    expect(hint(SAMPLES.not_in_stock, 'POST')).toBeUndefined();
  });

  it.each([
    ['missing', 'body', 422, '10004'],
    ['invalid', 'body', 422, '10015'],
    ['unknown', 'body', 422, '10015'],
    ['unknown', 'query', 400, '10031'],
    ['not_supported', 'body', 422, '10015'],
    ['too_long', 'body', 422, '10015'],
    ['out_of_range', 'query', 422, '10033'],
    ['not_listed', 'query', 422, '10032'],
    ['not_e164', 'body', 422, '10016'],
    ['not_found', 'body', 422, '10017'],
    ['missing', 'header', 400, '10004'],
  ] as const)('a field that is %s in the %s: %i %s', (problem, where, status, expected) => {
    const answer = telnyx({ kind: 'invalid', fields: [{ in: where, path: ['a', 0], problem, message: detail }] });
    expect([answer.status, bodyOf(answer).errors[0].code, bodyOf(answer).errors[0].source]).toEqual([
      status,
      expected,
      where === 'body' ? { pointer: '/a/0' } : { parameter: 'a.0' },
    ]);
  });

  it.each([
    ['requirements_satisfied', '85003'],
    ['search_required', '85000'],
    ['invalid_connection_id', '85004'],
    ['anything_else', '10027'],
  ])('a conflict %s is %s', (name, expected) => {
    expect(bodyOf(telnyx({ kind: 'conflict', code: name, detail })).errors[0].code).toBe(expected);
  });
});
