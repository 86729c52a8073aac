import type { Changed } from '../../app/change.ts';
import type { HolderChangeDeps } from '../../app/numbers/change-holder.ts';
import { getNumber } from '../../app/numbers/get-number.ts';
import { listInventory } from '../../app/numbers/list-inventory.ts';
import { listNumbers } from '../../app/numbers/list-numbers.ts';
import { type PurchaseDeps, purchaseNumber } from '../../app/numbers/purchase-number.ts';
import { releaseNumber } from '../../app/numbers/release-number.ts';
import { updateNumber } from '../../app/numbers/update-number.ts';
import { readNumberPassword } from '../../app/sip-credentials/read-number-password.ts';
import { areRegistered, type RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import type { NumberPatch, PhoneNumber } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf, isNotModified } from '../preconditions.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams } from '../wire-fields.ts';
import * as schema from './number-schemas.ts';
import { presentDetails, presentInventory, presentNumber, type SipContact } from './present.ts';

export interface KrosNumberDeps extends PurchaseDeps, HolderChangeDeps, RegistrationDeps {
  /** The SIP server as phones reach it; a function because its port may be chosen at start. */
  readonly sipContact: () => SipContact;
}

const TAG = 'Phone Numbers';

/** The five operations of the Kros group "Phone Numbers". */
export const numberOperations = (deps: KrosNumberDeps): AnyOperation[] => [
  list(deps),
  purchase(deps),
  details(deps),
  update(deps),
  release(deps),
];

const list = (deps: KrosNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone-numbers',
    operationId: 'listPhoneNumbers',
    summary: 'List phone numbers',
    tag: TAG,
    query: schema.listNumbersQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'List of phone numbers', schema: schema.phoneNumberList } },
    async handle({ actor, query: { action, status, limit, offset, country, type } }) {
      const filter = { ...(country === undefined ? {} : { country }), ...(type === undefined ? {} : { type }) };
      const page = { limit, offset };
      if (action === 'available') {
        const { rows, total } = await listInventory(deps, actor, filter, page);
        return ok({ status: 200, body: { phone_numbers: rows.map(presentInventory), total, limit, offset } });
      }
      const lifecycle = status === 'inactive' ? 'suspended' : status;
      const { rows, total } = await listNumbers(deps, actor, { ...filter, ...(lifecycle === undefined ? {} : { lifecycle }) }, page);
      const shown = rows.map((number) => presentNumber(number, deps.sipDomain));
      return ok({ status: 200, body: { phone_numbers: shown, total, limit, offset } });
    },
  });

const purchase = (deps: KrosNumberDeps) =>
  operation({
    method: 'POST',
    path: '/phone-numbers',
    operationId: 'purchasePhoneNumber',
    summary: 'Purchase a phone number',
    tag: TAG,
    body: schema.purchaseBody,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: {
      201: { description: 'The number is yours', schema: schema.phoneNumber },
      402: { description: 'The balance does not cover the price' },
      404: { description: 'Not in stock' },
    },
    async handle({ actor, body, wait }) {
      return answerOnce(
        actor,
        () => purchaseNumber(deps, actor, body.inventory_id, wait),
        (changed) => ({
          status: 201,
          body: presentNumber(changed.value, deps.sipDomain),
          headers: { ...changeHeaders(changed), Location: `/v1/phone-numbers/${changed.value.id}` },
        }),
      );
    },
  });

const details = (deps: KrosNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone-numbers/:id',
    operationId: 'getPhoneNumber',
    summary: 'Get phone number details',
    tag: TAG,
    resource: 'number',
    params: idParams,
    need: { scope: 'numbers:read' },
    responses: {
      200: { description: 'Phone number details; with SIP credentials for owners and admins', schema: schema.phoneNumberDetails },
      304: { description: 'Not modified' },
      404: { description: 'No such number of yours' },
    },
    async handle({ actor, params: { id }, headers }) {
      const found = await getNumber(deps, actor, id);
      if (!found.ok) return found;
      const etag = { ETag: etagOf(found.value.version) };
      if (isNotModified(headers, found.value.version)) return ok({ status: 304, headers: etag });
      if (actor.role === 'member') return ok({ status: 200, body: presentNumber(found.value, deps.sipDomain), headers: etag });
      const read = await readNumberPassword(deps, actor, id);
      if (!read.ok) return read;
      const { login } = read.value;
      const [registered = false] = await areRegistered(deps, login === null ? [] : [login.credential]);
      const body = presentDetails(read.value, deps.sipContact(), registered);
      return ok({ status: 200, body, headers: { ETag: etagOf(read.value.number.version) } });
    },
  });

const update = (deps: KrosNumberDeps) =>
  operation({
    method: 'PATCH',
    path: '/phone-numbers/:id',
    operationId: 'updatePhoneNumber',
    summary: 'Update phone number settings',
    tag: TAG,
    resource: 'number',
    params: idParams,
    body: schema.updateNumberBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: {
      200: { description: 'Phone number updated', schema: schema.phoneNumber },
      404: { description: 'No such number or endpoint of yours' },
      412: { description: 'Changed since the version in If-Match' },
    },
    async handle({ actor, params, body, wait, ifVersion }) {
      // Kros's status is the tenant's own switch, whoever turns it (decision B25).
      const done = await updateNumber(deps, actor, { numberId: params.id, patch: patchOf(body), by: 'tenant', ifVersion }, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: presentNumber(done.value.value, deps.sipDomain), headers: changeHeaders(done.value) });
    },
  });

const release = (deps: KrosNumberDeps) =>
  operation({
    method: 'DELETE',
    path: '/phone-numbers/:id',
    operationId: 'releasePhoneNumber',
    summary: 'Release phone number',
    tag: TAG,
    resource: 'number',
    params: idParams,
    query: schema.releaseQuery,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: {
      204: { description: 'Back in the inventory' },
      404: { description: 'No such number of yours' },
      409: { description: 'The number is locked' },
      412: { description: 'Changed since the version in If-Match' },
    },
    async handle({ actor, params, ifVersion }) {
      const done = await releaseNumber(deps, actor, { number: { numberId: params.id }, ifVersion });
      if (!done.ok) return done;
      const { ETag: _, ...headers } = changeHeaders(done.value);
      return ok({ status: 204, headers });
    },
  });

function patchOf(body: ReturnType<typeof schema.updateNumberBody.parse>): NumberPatch {
  const { endpointId, allowInbound, allowOutbound, status } = body;
  return {
    ...(endpointId === undefined ? {} : { endpointId }),
    ...(allowInbound === undefined ? {} : { allowInbound }),
    ...(allowOutbound === undefined ? {} : { allowOutbound }),
    ...(status === undefined ? {} : { suspended: status === 'inactive' }),
  };
}

const changeHeaders = ({ value, propagation }: Changed<PhoneNumber>) => ({
  ETag: etagOf(value.version),
  ...propagationHeaders(propagation, { record: recordRef.number(value.mode, value.e164), version: value.version }),
});
