import { z } from 'zod';
import { createSipUser } from '../../app/sip-credentials/create-sip-user.ts';
import { deleteSipUser } from '../../app/sip-credentials/delete-sip-user.ts';
import { areRegistered } from '../../app/sip-credentials/registrations.ts';
import { updateSipUser } from '../../app/sip-credentials/update-sip-user.ts';
import { warningsOfUser } from '../../app/warnings/write-warnings.ts';
import { recordRef } from '../../domain/records.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import { accountFilter } from './account-filter.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerWarned, answerWarnedOnce, type ChangeAnswer, warningsSchema } from './answer-change.ts';
import { defaultCallerField, defaultCallerPatch, defaultCallerSchema, presentDefaultCaller } from './default-caller.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const digestField = () => z.enum(['md5', 'sha256', 'both']).nullable();

const sipUserSchema = z.object({
  id: z.string(),
  account_id: z.string(),
  username: z.string(),
  realm: z.string(),
  number_id: z.string().nullable(),
  trunk_group_id: z.string().nullable().describe('The trunk group whose login it is, or whose limits its calls count against.'),
  mode: z.enum(['live', 'test']),
  digest: digestField(),
  enabled: z.boolean(),
  default_caller: defaultCallerSchema,
  registered: z.boolean().optional().describe('A phone of it is registered now; told where it is read.'),
  version: z.number().int(),
  created_at: z.string(),
  ...warningsSchema,
});

const presentSipUser = (credential: SipCredential) => ({
  id: credential.id,
  account_id: credential.subAccountId ?? credential.accountId,
  username: credential.username,
  realm: credential.realm,
  number_id: credential.numberId,
  trunk_group_id: credential.trunkGroupId ?? null,
  mode: credential.mode,
  digest: credential.digest,
  enabled: credential.enabled,
  default_caller: presentDefaultCaller(credential.defaultCaller),
  version: credential.version,
  created_at: timeText(credential.createdAt),
});

const recordOf = ({ realm, username, version }: SipCredential) => ({ record: recordRef.credential(realm, username), version });

const tag = 'SIP users';
const resource = 'sip_user' as const;

/** SIP logins of accounts. */
export const sipUserOperations = (deps: AdminDeps): AnyOperation[] => [
  createSipUserOperation(deps),
  listSipUsersOperation(deps),
  getSipUserOperation(deps),
  updateSipUserOperation(deps),
  deleteSipUserOperation(deps),
];

const createSipUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/sip-users',
    operationId: 'createSipUser',
    summary: 'Make a SIP login of an account; its password is told once.',
    tag,
    changes: true,
    secrets: ['password'],
    body: z.object({
      account_id: uuidField(),
      username: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'Letters, digits, dot, dash and underscore; at most 64.'),
      password: z
        .string()
        .min(12, 'At least 12 characters.')
        .max(128)
        .regex(/^[\x21-\x7e]+$/, 'Printable ASCII without spaces.')
        .nullable()
        .default(null),
      number_id: uuidField().nullable().default(null),
      trunk_group_id: uuidField()
        .nullable()
        .default(null)
        .describe(
          'A customer group of the account: calls to its numbers ring where this login registers, while no gateway of it is enabled.',
        ),
      mode: z.enum(['live', 'test']).default('live'),
      digest: digestField().default(null),
      default_caller: defaultCallerField(),
    }),
    responses: { 201: { description: 'The SIP user with its password.', schema: sipUserSchema.extend({ password: z.string() }) } },
    async handle({ actor, body, wait }) {
      const { account_id: accountId, username, password, number_id: numberId, trunk_group_id: trunkGroupId, mode, digest } = body;
      const input = {
        accountId,
        username,
        password,
        numberId,
        trunkGroupId,
        mode,
        digest,
        defaultCaller: body.default_caller ?? undefined,
      };
      const form: ChangeAnswer<{ readonly credential: SipCredential; readonly password: string }> = {
        status: 201,
        body: ({ credential, password: told }) => ({ ...presentSipUser(credential), password: told }),
        location: ({ credential }) => `/sip-users/${credential.id}`,
        record: ({ credential }) => recordOf(credential),
      };
      const run = () => createSipUser(deps, actor, input, wait);
      return answerWarnedOnce(deps, actor, run, form, (tx, { credential }) => warningsOfUser(tx, credential));
    },
  });

const listSipUsersOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/sip-users',
    operationId: 'listSipUsers',
    summary: 'List SIP logins, without their passwords.',
    tag,
    query: z.object({ ...pageFields, account_id: uuidField().optional() }),
    responses: { 200: { description: 'A page of SIP users.', schema: listSchema(sipUserSchema) } },
    async handle({ query }) {
      const rows = await deps.unitOfWork.read(async (tx) => {
        const filter = await accountFilter(tx, query.account_id);
        return tx.credentials.list(filter, pageOf(query));
      });
      const registered = await areRegistered(deps, rows);
      const shown = rows.map((row, at) => ({ row, registered: registered[at] === true }));
      const body = listBody(
        shown,
        query.limit,
        ({ row }) => row,
        (one) => ({ ...presentSipUser(one.row), registered: one.registered }),
      );
      return ok({ status: 200, body });
    },
  });

const getSipUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/sip-users/:id',
    operationId: 'getSipUser',
    summary: 'Get one SIP login, without its password.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The SIP user.', schema: sipUserSchema } },
    async handle({ params }) {
      const credential = await deps.unitOfWork.read((tx) => tx.credentials.get(params.id));
      if (credential === null) return err({ kind: 'not_found', resource } as const);
      const [registered = false] = await areRegistered(deps, [credential]);
      return ok({ status: 200, body: { ...presentSipUser(credential), registered }, headers: { ETag: etagOf(credential.version) } });
    },
  });

const updateSipUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/sip-users/:id',
    operationId: 'updateSipUser',
    summary: 'Switch a SIP login on or off, or change what its calls out present.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: z.object({ enabled: z.boolean().optional(), default_caller: defaultCallerField() }),
    responses: { 200: { description: 'The SIP user.', schema: sipUserSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      const patch = { ...(body.enabled === undefined ? {} : { enabled: body.enabled }), ...defaultCallerPatch(body) };
      const done = await updateSipUser(deps, actor, params.id, patch, { ifVersion, wait });
      return answerWarned(deps, done, { status: 200, body: presentSipUser, record: recordOf }, warningsOfUser);
    },
  });

const deleteSipUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/sip-users/:id',
    operationId: 'deleteSipUser',
    summary: 'Delete a SIP login.',
    tag,
    resource,
    changes: true,
    params: idParams,
    responses: { 204: { description: 'Deleted.' } },
    async handle({ actor, params, ifVersion, wait }) {
      return answerChange(await deleteSipUser(deps, actor, params.id, { ifVersion, wait }), { status: 204, record: recordOf });
    },
  });
