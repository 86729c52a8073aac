import { z } from 'zod';
import { endRegistrations, listRegistrations } from '../../app/sip-credentials/registrations.ts';
import type { Binding } from '../../domain/binding.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { listSchema } from './page.ts';

const registrationSchema = z.object({
  id: z.string(),
  contact: z.string(),
  q: z.number(),
  expires_in_seconds: z.number().int(),
  source: z.string(),
  behind_nat: z.boolean(),
  path: z.array(z.string()),
  sip_server: z.string(),
  user_agent: z.string(),
});

const presentRegistration = ({ id, contact, q, remainingMs, source, viaSource, path, server, userAgent }: Binding) => ({
  id,
  contact,
  q: q / 1000,
  expires_in_seconds: Math.ceil(remainingMs / 1000),
  source: `${source.ip.includes(':') ? `[${source.ip}]` : source.ip}:${source.port}/${source.transport}`,
  behind_nat: viaSource,
  path: [...path],
  sip_server: server,
  user_agent: userAgent,
});

const tag = 'SIP users';
const resource = 'sip_user' as const;

/** Where the phones of SIP users are (decision C20). */
export const registrationOperations = (deps: AdminDeps): AnyOperation[] => [list(deps), end(deps)];

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/sip-users/:id/registrations',
    operationId: 'listRegistrations',
    summary: 'Phones that are registered with a SIP login now, and the way calls take to them.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'All of them; there is one page.', schema: listSchema(registrationSchema) } },
    async handle({ params }) {
      const found = await listRegistrations(deps, params.id);
      return found.ok ? ok({ status: 200, body: { data: found.value.map(presentRegistration), next: null } }) : found;
    },
  });

const end = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/sip-users/:id/registrations',
    operationId: 'endRegistrations',
    summary: 'Forget the phones of a SIP login; they ring again once they have registered again.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Nothing is registered.' } },
    async handle({ actor, params }) {
      return answerChange(await endRegistrations(deps, actor, params.id), { status: 204 });
    },
  });
