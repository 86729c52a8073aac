import { z } from 'zod';
import { changeDestinations, type PlatformDestinations, readDestinations } from '../../app/outbound-routes/change-destinations.ts';
import { PLATFORM_ROUTE_SET, recordRef } from '../../domain/records.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { prefixesField } from './fields.ts';

const schema = z.object({
  allowed_destinations: z.array(z.string()).nullable(),
  blocked_destinations: z.array(z.string()),
  version: z.number().int(),
});

const present = ({ destinations, setVersion }: PlatformDestinations) => ({
  allowed_destinations: destinations.allowed ?? null,
  blocked_destinations: destinations.blocked ?? [],
  version: setVersion,
});

const recordOf = ({ setVersion }: PlatformDestinations) => ({ record: recordRef.routeSet(PLATFORM_ROUTE_SET), version: setVersion });
const tag = 'Outbound routes';
const path = '/destinations';

/** Where calls of everybody may go, whatever accounts and routes say; emergency calls excepted. */
export const destinationOperations = (deps: AdminDeps): AnyOperation[] => [getDestinations(deps), updateDestinations(deps)];

const getDestinations = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path,
    operationId: 'getDestinations',
    summary: 'Where calls of everybody may go.',
    tag,
    responses: { 200: { description: 'The lists; `version` is that of the platform’s route set.', schema } },
    async handle() {
      const found = await deps.unitOfWork.read(readDestinations);
      return ok({ status: 200, body: present(found), headers: { ETag: etagOf(found.setVersion) } });
    },
  });

const updateDestinations = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path,
    operationId: 'updateDestinations',
    summary: 'Say where calls of everybody may go: prefixes without +, the longest that fits decides, one in both lists is blocked.',
    tag,
    changes: true,
    body: z.object({ allowed_destinations: prefixesField().nullable().optional(), blocked_destinations: prefixesField().optional() }),
    responses: { 200: { description: 'The lists.', schema } },
    async handle({ actor, body, ifVersion, wait }) {
      const { allowed_destinations: allowed, blocked_destinations: blocked } = body;
      const patch = { ...(allowed === undefined ? {} : { allowed }), ...(blocked === undefined ? {} : { blocked }) };
      return answerChange(await changeDestinations(deps, actor, patch, { ifVersion, wait }), {
        status: 200,
        body: present,
        record: recordOf,
      });
    },
  });
