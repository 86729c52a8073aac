import { z } from 'zod';
import { createAddress, deleteAddress, findAddress } from '../../app/addresses/address-book.ts';
import type { ChangeDeps, Changed } from '../../app/change.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { type Address, addressProblems } from '../../domain/address.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { textField } from '../wire-fields.ts';
import {
  ADDRESS_NAMES,
  addressSchema,
  createAddressBody,
  presentAddress,
  validateAddressBody,
  validationSchema,
} from './address-schemas.ts';
import { ERROR_CODES } from './error-codes.ts';
import { listQuery } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { sortFields, sortOf } from './sorts.ts';

interface Deps extends ChangeDeps {
  readonly clock: Clock;
}

const TAG = 'Addresses';
const resource = 'address' as const;
const params = z.object({ id: z.string().regex(/^[0-9]{1,19}$/) });
const responses = {
  200: { description: 'The address.', schema: oneSchema(addressSchema) },
  404: { description: 'No such address of yours' },
};
const SORTS = {
  created_at: 'created_at',
  first_name: 'first_name',
  last_name: 'last_name',
  business_name: 'business_name',
  street_address: 'street_address',
} as const;

/** Addresses, which values of requirements name: list, create, validate, retrieve, delete. */
export const addressOperations = (deps: Deps): AnyOperation[] => [list(deps), create(deps), validate(), get(deps), remove(deps)];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/addresses',
    operationId: 'listAddresses',
    summary: 'List all addresses',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[customer_reference]': textField(255).optional(),
      'filter[customer_reference][eq]': textField(255).optional(),
      'filter[customer_reference][contains]': textField(255).optional(),
      'filter[street_address][contains]': textField(255).optional(),
      ...sortFields(SORTS),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of addresses.', schema: listSchema(addressSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        ...given('customerReference', query['filter[customer_reference]'] ?? query['filter[customer_reference][eq]']),
        ...given('customerReferenceContains', query['filter[customer_reference][contains]']),
        ...given('streetContains', query['filter[street_address][contains]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.addresses.list(filter, sortOf(query), offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentAddress), meta: metaOf(query, total) } });
    },
  });

const create = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/addresses',
    operationId: 'createAddress',
    summary: 'Creates an address',
    tag: TAG,
    body: createAddressBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { 200: responses[200], 422: { description: 'A bad field, or an address that cannot be right' } },
    handle: async ({ actor, body }) => answerOnce(actor, () => createAddress(deps, actor, { ...body, names: ADDRESS_NAMES }), answer),
  });

const validate = () =>
  operation({
    method: 'POST',
    path: '/addresses/actions/validate',
    operationId: 'validateAddress',
    summary: 'Validate an address: the form of its postal code and state, no register of streets',
    tag: TAG,
    body: validateAddressBody,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'What was found.', schema: oneSchema(validationSchema) } },
    async handle({ body }) {
      const problems = addressProblems({
        country: body.country_code,
        postalCode: body.postal_code,
        administrativeArea: body.administrative_area ?? null,
      });
      const errors = problems.map(({ field, problem, message }) => {
        const code = problem === 'missing' ? '10004' : '10015';
        return { code, title: ERROR_CODES[code].title, detail: message, source: { pointer: `/${ADDRESS_NAMES[field]}` } };
      });
      const result = errors.length === 0 ? 'valid' : 'invalid';
      return ok({ status: 200, body: { data: { record_type: 'address_validation', result, suggested: body, errors } } });
    },
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/addresses/:id',
    operationId: 'retrieveAddress',
    summary: 'Retrieve an address',
    tag: TAG,
    resource,
    params,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params: { id } }) {
      const found = await findAddress(deps, actor, id);
      return found.ok ? ok({ status: 200, body: { data: presentAddress(found.value) } }) : found;
    },
  });

const remove = (deps: Deps) =>
  operation({
    method: 'DELETE',
    path: '/addresses/:id',
    operationId: 'deleteAddress',
    summary: 'Deletes an address that no requirement refers to',
    tag: TAG,
    resource,
    params,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'Requirements refer to it' } },
    async handle({ actor, params: { id } }) {
      const done = await deleteAddress(deps, actor, id);
      return done.ok ? ok(answer(done.value)) : done;
    },
  });

const answer = ({ value, propagation }: Changed<Address>): Answer => ({
  status: 200,
  body: { data: presentAddress(value) },
  headers: propagationHeaders(propagation, null),
});
