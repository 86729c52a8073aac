import { findOwnNumber } from '../../app/numbers/find-own-number.ts';
import { updateNumber } from '../../app/numbers/update-number.ts';
import { isUsableBy } from '../../app/numbers/usable-destination.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { changeHeaders } from './change-headers.ts';
import { numberParams } from './fields.ts';
import type { VobizNumberDeps } from './number-operations.ts';
import * as schema from './number-schemas.ts';

const TAG = 'Numbers on applications';
const resource = 'number' as const;
const need = { role: 'admin', scope: 'numbers:write' } as const;

/** A Vobiz application is an endpoint of ours (decision B9). */
export const applicationOperations = (deps: VobizNumberDeps): AnyOperation[] => [attach(deps), detach(deps)];

const attach = (deps: VobizNumberDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/numbers/:e164/application',
    operationId: 'attachNumberToApplication',
    summary: 'Route a number to an application; it replaces whatever it was routed to',
    tag: TAG,
    resource,
    params: numberParams,
    body: schema.applicationBody,
    need,
    changes: true,
    responses: {
      200: { description: 'Calls go to the application', schema: schema.applied },
      404: { description: 'No such number or application of yours' },
    },
    async handle({ actor, params, body, wait }) {
      const found = await findOwnNumber(deps, actor, params);
      if (!found.ok) return found;
      const endpoint = await endpointOf(deps, found.value, body.application_id);
      if (!endpoint.ok) return endpoint;
      const input = { numberId: found.value.id, patch: { endpointId: endpoint.value.id }, by: 'tenant', ifVersion: null } as const;
      return answerOnce(
        actor,
        () => updateNumber(deps, actor, input, wait),
        (changed) => ({
          status: 200,
          body: { message: 'Number attached to application', number: params.e164, application: present(endpoint.value) },
          headers: changeHeaders(changed),
        }),
      );
    },
  });

const detach = (deps: VobizNumberDeps) =>
  operation({
    method: 'DELETE',
    path: '/Account/:auth_id/numbers/:e164/application',
    operationId: 'detachNumberFromApplication',
    summary: 'Take a number off its application',
    tag: TAG,
    resource,
    params: numberParams,
    need,
    changes: true,
    responses: { 200: { description: 'Calls go nowhere', schema: schema.applied }, 404: { description: 'No such number of yours' } },
    async handle({ actor, params, wait }) {
      const found = await findOwnNumber(deps, actor, params);
      if (!found.ok) return found;
      const input = { numberId: found.value.id, patch: { endpointId: null }, by: 'tenant', ifVersion: null } as const;
      const done = await updateNumber(deps, actor, input, wait);
      if (!done.ok) return done;
      return ok({
        status: 200,
        body: { message: 'Number detached from application', number: params.e164 },
        headers: changeHeaders(done.value),
      });
    },
  });

/** The holder's own endpoint: a parent that acts for a sub-account names one of the sub-account's. */
async function endpointOf({ unitOfWork }: VobizNumberDeps, number: PhoneNumber, id: string): Promise<Result<Endpoint, RequestRefusal>> {
  const endpoint = await unitOfWork.read((tx) => tx.endpoints.get(id));
  return endpoint !== null && isUsableBy(number, endpoint) ? ok(endpoint) : err({ kind: 'not_found', resource: 'endpoint' });
}

const present = ({ id, name, url }: Endpoint) => ({ application_id: id, app_name: name, ...(url === null ? {} : { answer_url: url }) });
