import { z } from 'zod';
import { liftSipBan, listSipBans } from '../../app/calls/lift-sip-ban.ts';
import type { SipBan } from '../../domain/sip-ban.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { textField, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { listSchema } from './page.ts';

const banSchema = z.object({
  address: z.string(),
  banned_at: z.string(),
  expires_at: z.string(),
  expires_in_seconds: z.number().int(),
  failures: z.number().int(),
});

const present = ({ address, bannedAt, expiresAt, remainingMs, failures }: SipBan) => ({
  address,
  banned_at: timeText(bannedAt),
  expires_at: timeText(expiresAt),
  expires_in_seconds: Math.ceil(remainingMs / 1000),
  failures,
});

const tag = 'SIP bans';

/** Sources whose SIP is not answered because they failed to log in too often. */
export const sipBanOperations = (deps: AdminDeps): AnyOperation[] => [list(deps), lift(deps)];

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/sip-bans',
    operationId: 'listSipBans',
    summary: 'Addresses that failed to log in by SIP too often and are not answered; an IPv6 /64 stands under its first address.',
    tag,
    responses: { 200: { description: 'All of them, the latest first; there is one page.', schema: listSchema(banSchema) } },
    async handle() {
      const found = await listSipBans(deps);
      return found.ok ? ok({ status: 200, body: { data: found.value.map(present), next: null } }) : found;
    },
  });

const lift = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/sip-bans/:address',
    operationId: 'liftSipBan',
    summary: 'Answer an address again; agents and engines know within a heartbeat.',
    tag,
    resource: 'sip_ban',
    changes: true,
    params: z.object({ address: textField(45) }),
    responses: { 204: { description: 'The address is answered again.' } },
    async handle({ actor, params }) {
      return answerChange(await liftSipBan(deps, actor, params.address), { status: 204 });
    },
  });
