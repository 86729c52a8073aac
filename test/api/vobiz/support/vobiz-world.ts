import type { Redis } from 'ioredis';
import { createTrunkGroup } from '../../../../src/app/trunk-groups/create-trunk-group.ts';
import type { Account } from '../../../../src/domain/account.ts';
import { type VobizDeps, vobizFace } from '../../../../src/http/vobiz/vobiz-face.ts';
import { keys, LAST_CALL_FIELD } from '../../../../src/redis/keys.ts';
import { postgresNumberUsage } from '../../../../src/store/number-usage.ts';
import type { ApiAnswer, ApiRequest } from '../../../support/api-call.ts';
import {
  type ApiHarness,
  changedValue,
  type HarnessOptions,
  type HarnessParts,
  startApiHarness,
  type TestAccount,
} from '../../../support/api-harness.ts';

/** A caller of the Vobiz face. */
export interface Caller {
  readonly account: Account;
  readonly key: string;
}

export interface VobizWorld extends ApiHarness {
  readonly redis: Redis;
  readonly redisUrl: string;
  /** A request with the X-Auth pair of `who`. */
  as(who: Caller, method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** A parent account with one sub-account. */
  newFamily(): Promise<{ readonly parent: TestAccount; readonly child: TestAccount }>;
  /** A number in the pool of `who`, as it was bought. */
  newOwn(who: Caller): Promise<{ readonly id: string; readonly e164: string; readonly path: string }>;
  /** The same in the hands of a sub-account. */
  newAssigned(parent: Caller, child: Caller): ReturnType<VobizWorld['newOwn']>;
  /** Tells Redis of a call, as an agent's admission does. */
  called(numberId: string, at: number): Promise<void>;
  startCall(numberId: string, callId: string): Promise<void>;
  newTrunk(who: Caller): Promise<string>;
  newApplication(who: Caller): Promise<string>;
  /** An auth token of the account with the platform's scope. */
  newForce(account: Account): Promise<Caller>;
}

/** The harness with the Vobiz face and what its tests do again and again. */
export async function openVobiz(options: HarnessOptions = {}, vobiz: Partial<VobizDeps> = {}): Promise<VobizWorld> {
  let parts: HarnessParts | undefined;
  const api = await startApiHarness({
    ...options,
    moreFaces: (deps, given) => {
      parts = given;
      return [vobizFace({ ...deps, usage: postgresNumberUsage(given.pool), ...vobiz }), ...(options.moreFaces?.(deps, given) ?? [])];
    },
  });
  if (parts === undefined) throw new Error('the harness made no faces');
  const { redis, redisUrl } = parts;
  const as: VobizWorld['as'] = (who, method, path, request = {}) =>
    api.call(method, path, {
      ...request,
      headers: { 'X-Auth-ID': who.account.authId, 'X-Auth-Token': who.key, ...request.headers },
    });
  const newOwn: VobizWorld['newOwn'] = async (who) => {
    const { id, e164 } = await api.newNumber(who.key);
    return { id, e164, path: `/api/v1/account/${who.account.authId}/numbers/${encodeURIComponent(e164)}` };
  };
  return {
    ...api,
    redis,
    redisUrl,
    as,
    newOwn,
    async newFamily() {
      const parent = await api.newAccount();
      return { parent, child: await api.newAccount({ parent: parent.account }) };
    },
    async newAssigned(parent, child) {
      const number = await newOwn(parent);
      const body = { sub_account_id: child.account.authId };
      const answer = await as(parent, 'POST', `${number.path}/assign-subaccount`, { body });
      if (answer.status !== 204) throw new Error(`assign: ${answer.status} ${answer.text}`);
      return number;
    },
    async called(numberId, at) {
      await redis.hset(keys.use(numberId), LAST_CALL_FIELD, at);
    },
    async startCall(numberId, callId) {
      await redis.hset(keys.use(numberId), callId, `${api.clock.now()}.agent-1`);
    },
    newTrunk: async ({ account }) =>
      changedValue(
        await createTrunkGroup(api.deps, api.platform, {
          name: 'PBX',
          kind: 'customer',
          accountId: account.id,
          mode: 'live',
          enabled: true,
          numberFormat: null,
          country: null,
          acl: [],
          gateways: [],
        }),
      ).id,
    newApplication: async ({ key }) =>
      (await api.call('POST', '/endpoints', { key, body: { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' } })).body.id,
    newForce: async (account) => ({ account, key: await api.newKey(account, { kind: 'auth_token', scopes: ['cool_off:force'] }) }),
  };
}
