import { z } from 'zod';
import { changeTrafficPolicy, type GuardedAccount, liftTrafficStop, readTrafficPolicy } from '../../app/traffic/change-traffic-policy.ts';
import { recordRef } from '../../domain/records.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import { prefixesField } from './fields.ts';

const COUNT_MAX = 1_000_000_000;
const actionField = () => z.enum(['off', 'alert', 'block']);

const schema = z.object({
  action: actionField().describe('What is done when calls out are far from usual; `block` stops them until that is lifted.'),
  factor: z.number().describe('How many times its average hour of the seven days before is far from usual.'),
  attempts_min: z.number().int().describe('So many attempts in an hour are never far from usual.'),
  minutes_min: z.number().int(),
  countries_max: z.number().int().nullable().describe('Foreign countries called in an hour; null: any number.'),
  risk_prefixes: z.array(z.string()).describe('Prefixes without +, measured apart from all others.'),
  is_default: z.boolean(),
  version: z.number().int(),
  outbound_stopped_at: z.string().nullable(),
});

const body = z.object({
  action: actionField().optional(),
  factor: z.number().min(1).max(1000).optional(),
  attempts_min: z.number().int().min(0).max(COUNT_MAX).optional(),
  minutes_min: z.number().int().min(0).max(COUNT_MAX).optional(),
  countries_max: z.number().int().min(0).max(1000).nullable().optional(),
  risk_prefixes: prefixesField().optional(),
});

const present = ({ account, policy, policyVersion }: GuardedAccount) => ({
  action: policy.action,
  factor: policy.factor,
  attempts_min: policy.attemptsMin,
  minutes_min: policy.minutesMin,
  countries_max: policy.countriesMax,
  risk_prefixes: [...policy.riskPrefixes],
  is_default: policyVersion === 0,
  version: policyVersion,
  outbound_stopped_at: account.outboundStoppedAt === undefined ? null : timeText(account.outboundStoppedAt),
});

const patchOf = ({ action, factor, ...rest }: z.infer<typeof body>) => ({
  ...(action === undefined ? {} : { action }),
  ...(factor === undefined ? {} : { factor }),
  ...(rest.attempts_min === undefined ? {} : { attemptsMin: rest.attempts_min }),
  ...(rest.minutes_min === undefined ? {} : { minutesMin: rest.minutes_min }),
  ...(rest.countries_max === undefined ? {} : { countriesMax: rest.countries_max }),
  ...(rest.risk_prefixes === undefined ? {} : { riskPrefixes: rest.risk_prefixes }),
});

const path = '/accounts/:id/traffic-guard';
const tag = 'Limits';
const resource = 'account' as const;

/** The guard over calls out of an account that are far from usual (decision C23). */
export const trafficGuardOperations = (deps: AdminDeps): AnyOperation[] => [getPolicy(deps), updatePolicy(deps), liftStop(deps)];

const getPolicy = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path,
    operationId: 'getTrafficGuard',
    summary: 'What is watched of the calls out of an account, and whether they are stopped.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The policy; sub-accounts are watched with their parent.', schema } },
    async handle({ params }) {
      const found = await deps.unitOfWork.read((tx) => readTrafficPolicy(tx, params.id));
      if (found === null) return err({ kind: 'not_found', resource } as const);
      return ok({ status: 200, body: present(found), headers: { ETag: etagOf(found.policyVersion) } });
    },
  });

const updatePolicy = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path,
    operationId: 'updateTrafficGuard',
    summary: 'Say what is far from usual for an account, and what is done then.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body,
    responses: { 200: { description: 'The policy.', schema } },
    async handle({ actor, params, body: given, ifVersion }) {
      const done = await changeTrafficPolicy(deps, actor, params.id, patchOf(given), ifVersion);
      return answerChange(done, { status: 200, body: present, version: ({ policyVersion }) => policyVersion });
    },
  });

const liftStop = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: `${path}/lift`,
    operationId: 'liftTrafficStop',
    summary: 'Let the calls out of an account go on that the guard stopped.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 200: { description: 'The policy; the calls go on.', schema } },
    async handle({ actor, params, wait }) {
      return answerChangeOnce(actor, () => liftTrafficStop(deps, actor, params.id, wait), {
        status: 200,
        body: present,
        record: ({ account }) => ({ record: recordRef.account(account.id), version: account.version }),
        version: ({ policyVersion }) => policyVersion,
      });
    },
  });
