import { z } from 'zod';
import type { GatewayState, RegistrationState } from '../../app/ports/gateway-health.ts';
import type { Gateway } from '../../domain/trunk-group.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listSchema } from './page.ts';

const timeOrNull = () => z.string().nullable();

const healthSchema = z.object({
  gateway_id: z.string(),
  uri: z.string(),
  enabled: z.boolean(),
  state: z.enum(['up', 'down', 'unknown']),
  since: timeOrNull(),
  reason: z.string().nullable(),
  failures_in_a_row: z.number().int(),
  last_failure_at: timeOrNull(),
  last_ping_at: timeOrNull(),
  last_ping_status: z.string().nullable(),
  registration: z
    .object({ state: z.enum(['registered', 'failed', 'expired']), status: z.string(), at: z.string(), expires_at: z.string() })
    .nullable(),
});

const textOrNull = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : timeText(ms));

const presentHealth = (
  { id, uri, enabled }: Gateway,
  state: GatewayState | undefined,
  registered: RegistrationState | undefined,
  now: number,
) => ({
  gateway_id: id,
  uri,
  enabled,
  state: state?.state ?? ('unknown' as const),
  since: textOrNull(state?.since),
  // Why it failed last, also while that was not enough to bring it down.
  reason: state === undefined || state.why === '' ? null : state.why,
  failures_in_a_row: state?.failures ?? 0,
  last_failure_at: textOrNull(state?.lastFailureAt),
  last_ping_at: textOrNull(state?.pingedAt),
  last_ping_status: state?.pingedWith ?? null,
  registration: registered === undefined ? null : presentRegistration(registered, now),
});

const presentRegistration = ({ state, status, at, expiresAt }: RegistrationState, now: number) => ({
  // Nobody renewed it: no agent runs.
  state: state === 'registered' && expiresAt <= now ? ('expired' as const) : state,
  status,
  at: timeText(at),
  expires_at: timeText(expiresAt),
});

/** How the gateways of a trunk group are. */
export const gatewayHealthOperations = (deps: AdminDeps): AnyOperation[] => [showHealth(deps)];

const showHealth = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/trunk-groups/:id/health',
    operationId: 'getTrunkGroupHealth',
    summary: 'How the gateways of a trunk group are, as calls and OPTIONS found them, and our registrations there.',
    tag: 'Trunk groups',
    resource: 'trunk_group',
    params: idParams,
    responses: { 200: { description: 'All gateways in their order; there is one page.', schema: listSchema(healthSchema) } },
    async handle({ params }) {
      const group = await deps.unitOfWork.read((tx) => tx.trunkGroups.get(params.id));
      if (group === null) return err({ kind: 'not_found', resource: 'trunk_group' } as const);
      try {
        const [{ states, now }, registrations] = await Promise.all([deps.gateways.read(null), deps.gateways.registrations()]);
        const stateOf = new Map((states ?? []).map((state) => [state.gatewayId, state]));
        const registered = new Map(registrations.map((one) => [one.gatewayId, one]));
        const data = group.gateways.map((one) => presentHealth(one, stateOf.get(one.id), registered.get(one.id), now));
        return ok({ status: 200, body: { data, next: null } });
      } catch (error) {
        if (!deps.isPlaneAway(error)) throw error;
        return err({ kind: 'unavailable', part: 'routing plane', code: 'plane_unavailable', retryAfterSeconds: 1 } as const);
      }
    },
  });
