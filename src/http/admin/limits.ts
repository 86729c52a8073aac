import { z } from 'zod';
import { freeLease } from '../../app/limits/free-lease.ts';
import { type HeldScope, listLeaseHolders } from '../../app/limits/list-lease-holders.ts';
import { showUse, type UsedScope } from '../../app/limits/show-use.ts';
import type { LeaseScope, LeaseScopeKind } from '../../domain/lease.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { integerText, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { callLimitsSchema, limitsSchema, presentCallLimits, presentLimits } from './fields.ts';

const KINDS: Readonly<Record<string, LeaseScopeKind>> = {
  number: 'number',
  account: 'account',
  'trunk-group': 'trunk_group',
  'outbound-profile': 'outbound_profile',
  gateway: 'gateway',
};
const HOLDERS_MAX = 500;
const HOLDERS_DEFAULT = 50;

const scopeParams = { kind: z.enum(['number', 'account', 'trunk-group', 'outbound-profile', 'gateway']), id: uuidField() };
const scopeOf = ({ kind, id }: { readonly kind: string; readonly id: string }): LeaseScope => ({ kind: KINDS[kind] ?? 'number', id });
const tag = 'Limits';
const resource = 'limit' as const;

const holdersSchema = z.object({
  limit: z.object(limitsSchema),
  in_use: z.number().int(),
  data: z.array(z.object({ call_id: z.string(), agent_id: z.string(), since: z.string(), alive: z.boolean() })),
  next: z.string().nullable(),
});

const presentHeld = ({ limits, inUse, holders, next }: HeldScope) => ({
  limit: presentLimits({ limits }),
  in_use: inUse,
  data: holders.map(({ callId, agentId, since, alive }) => ({ call_id: callId, agent_id: agentId, since: timeText(since), alive })),
  next,
});

const useSchema = z.object({
  kind: z.string(),
  id: z.string(),
  limit: z.object(callLimitsSchema),
  channels_in_use: z.number().int(),
  minutes: z.object({ used: z.number(), limit: z.number().int(), resets_at: z.string() }).nullable(),
});

// Whole minutes would hide a limit that is nearly reached.
const minutesOf = (ms: number): number => Math.round(ms / 600) / 100;

const presentUse = ({ limits, inUse, minutes }: UsedScope) => ({
  limit: presentCallLimits({ limits }),
  channels_in_use: inUse,
  minutes: minutes === null ? null : { used: minutesOf(minutes.usedMs), limit: minutes.limit, resets_at: timeText(minutes.resetsAt) },
});

const showUseOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/limits/:kind/:id',
    operationId: 'getLimitUse',
    summary:
      'What is used of the limits of a number, account, trunk group, outbound profile or gateway: channels now, minutes of calls out in this day (UTC).',
    tag,
    resource,
    params: z.object(scopeParams),
    responses: { 200: { description: 'Limits and use; `minutes` is null where they are not limited.', schema: useSchema } },
    async handle({ params }) {
      const used = await showUse(deps, scopeOf(params));
      return used.ok ? ok({ status: 200, body: { kind: params.kind, id: params.id, ...presentUse(used.value) } }) : used;
    },
  });

/** Who holds the channels of a limit, and taking one away by hand (decision C9). */
export const limitOperations = (deps: AdminDeps): AnyOperation[] => [
  showUseOperation(deps),
  listHoldersOperation(deps),
  freeLeaseOperation(deps),
];

const listHoldersOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/limits/:kind/:id/holders',
    operationId: 'listLeaseHolders',
    summary:
      'Calls that hold a channel of a number, account, trunk group, outbound profile or gateway; `in_use` counts those of agents that are alive.',
    tag,
    resource,
    params: z.object(scopeParams),
    query: z.object({ limit: integerText(1, HOLDERS_MAX).default(HOLDERS_DEFAULT), after: textField(150).optional() }),
    responses: { 200: { description: 'A page of holders, in no order.', schema: holdersSchema } },
    async handle({ params, query }) {
      const held = await listLeaseHolders(deps, scopeOf(params), { after: query.after ?? null, countMax: query.limit });
      return held.ok ? ok({ status: 200, body: presentHeld(held.value) }) : held;
    },
  });

const freeLeaseOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/limits/:kind/:id/holders/:call_id',
    operationId: 'freeLease',
    summary: 'Take the channel of one limit away from a call, which goes on without it.',
    tag,
    resource,
    changes: true,
    params: z.object({ ...scopeParams, call_id: uuidField() }),
    responses: { 204: { description: 'The channel is free.' } },
    async handle({ actor, params }) {
      return answerChange(await freeLease(deps, actor, scopeOf(params), params.call_id), { status: 204 });
    },
  });
