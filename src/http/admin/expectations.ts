import { z } from 'zod';
import {
  createExpectation,
  deleteExpectation,
  type ExpectationDeps,
  type ExpectationPatch,
  updateExpectation,
} from '../../app/expectations/change-expectation.ts';
import type { Expectation, Judged } from '../../domain/expectation.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, textField, uuidField } from '../wire-fields.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import {
  callOf,
  createBody,
  expectationSchema,
  expectedOf,
  judgedSchema,
  patchBody,
  presentExpectation,
  presentJudged,
  senderMissing,
} from './expectation-fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

/** What the operations of expectations work with. */
export interface ExpectationsDeps extends ExpectationDeps {
  readonly sipDomain: string;
  /** Judges them by the records as they are in Redis now; keeps nothing. */
  judgeNow(expectations: readonly Expectation[]): Promise<readonly Judged[]>;
  isPlaneAway(error: unknown): boolean;
}

const tag = 'Expectations';
const resource = 'expectation' as const;
const CHECKED_AT_ONCE = 200;

/** What must be decided of certain calls: changes that would break it are refused. */
export const expectationOperations = (deps: ExpectationsDeps): AnyOperation[] => [
  create(deps),
  list(deps),
  check(deps),
  get(deps),
  update(deps),
  remove(deps),
];

const form = { body: presentJudged, version: (one: Expectation) => one.version };

const create = (deps: ExpectationsDeps) =>
  operation({
    method: 'POST',
    path: '/expectations',
    operationId: 'createExpectation',
    summary: 'Say what must be decided of a call; from then on changes that would break it are refused.',
    tag,
    changes: true,
    body: createBody,
    responses: { 201: { description: 'The expectation and how it stands.', schema: judgedSchema } },
    async handle({ actor, body }) {
      const { name, enabled, account_id: accountId } = body;
      const input = { name, enabled, accountId, call: callOf(body.call, deps.sipDomain), expected: expectedOf(body.expected) };
      const missing = senderMissing(input);
      if (missing !== null) return err(invalidBody(['call'], missing));
      return answerChangeOnce(actor, () => createExpectation(deps, actor, input), {
        ...form,
        status: 201,
        location: ({ id }) => `/expectations/${id}`,
      });
    },
  });

const filterFields = {
  account_id: uuidField().optional(),
  name: textField(100).optional(),
};
const filterOf = (query: { readonly account_id?: string | undefined; readonly name?: string | undefined }) => ({
  ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
  ...(query.name === undefined ? {} : { name: query.name }),
});

const list = (deps: ExpectationsDeps) =>
  operation({
    method: 'GET',
    path: '/expectations',
    operationId: 'listExpectations',
    summary: 'List expectations, as last judged.',
    tag,
    query: z.object({ ...pageFields, ...filterFields }),
    responses: { 200: { description: 'A page of expectations.', schema: listSchema(expectationSchema) } },
    async handle({ query }) {
      const rows = await deps.unitOfWork.read((tx) => tx.expectations.list(filterOf(query), pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentExpectation) });
    },
  });

const check = (deps: ExpectationsDeps) =>
  operation({
    method: 'GET',
    path: '/expectations/check',
    operationId: 'listExpectationChecks',
    summary: 'Judge a page of enabled expectations by the routing plane as it is now; changes nothing.',
    tag,
    query: z.object({ ...pageFields, ...filterFields }),
    responses: { 200: { description: 'Each with the decision that it was judged by.', schema: listSchema(judgedSchema) } },
    async handle({ query }) {
      const limit = Math.min(query.limit, CHECKED_AT_ONCE);
      const filter = { ...filterOf(query), enabled: true };
      const rows = await deps.unitOfWork.read((tx) => tx.expectations.list(filter, pageOf({ ...query, limit })));
      const page = rows.slice(0, limit);
      try {
        const judged = await deps.judgeNow(page);
        const now = [...page.map((one, index) => ({ ...one, judged: judged[index] ?? one.judged })), ...rows.slice(limit)];
        return ok({ status: 200, body: listBody(now, limit, (row) => row, presentJudged) });
      } catch (error) {
        if (!deps.isPlaneAway(error)) throw error;
        return err({ kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 } as RequestRefusal);
      }
    },
  });

const get = (deps: ExpectationsDeps) =>
  operation({
    method: 'GET',
    path: '/expectations/:id',
    operationId: 'getExpectation',
    summary: 'Get one expectation with the decision it was last judged by.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The expectation.', schema: judgedSchema } },
    async handle({ params }) {
      const found = await deps.unitOfWork.read((tx) => tx.expectations.get(params.id));
      if (found === null) return err({ kind: 'not_found', resource });
      return ok({ status: 200, body: presentJudged(found), headers: { ETag: etagOf(found.version) } });
    },
  });

const update = (deps: ExpectationsDeps) =>
  operation({
    method: 'PATCH',
    path: '/expectations/:id',
    operationId: 'updateExpectation',
    summary: 'Change an expectation; call and expected are replaced whole.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: patchBody,
    responses: { 200: { description: 'The expectation and how it stands.', schema: judgedSchema } },
    async handle({ actor, params, body, ifVersion }) {
      const { name, enabled, call, expected } = body;
      const patch: ExpectationPatch = {
        ...(name === undefined ? {} : { name }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(call === undefined ? {} : { call: callOf(call, deps.sipDomain) }),
        ...(expected === undefined ? {} : { expected: expectedOf(expected) }),
      };
      if (patch.call !== undefined) {
        const found = await deps.unitOfWork.read((tx) => tx.expectations.get(params.id));
        const missing = found === null ? null : senderMissing({ call: patch.call, accountId: found.accountId });
        if (missing !== null) return err(invalidBody(['call'], missing));
      }
      return answerChange(await updateExpectation(deps, actor, params.id, patch, ifVersion), { ...form, status: 200 });
    },
  });

const remove = (deps: ExpectationsDeps) =>
  operation({
    method: 'DELETE',
    path: '/expectations/:id',
    operationId: 'deleteExpectation',
    summary: 'Forget an expectation.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, ifVersion }) {
      return answerChange(await deleteExpectation(deps, actor, params.id, ifVersion), { status: 204 });
    },
  });
