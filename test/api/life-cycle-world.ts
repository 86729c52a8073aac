import { runJob } from '../../src/app/jobs/run-job.ts';
import { finishRelease } from '../../src/app/numbers/finish-release.ts';
import type { JobHandlers } from '../../src/app/ports/jobs.ts';
import { telnyxFace } from '../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../src/http/vobiz/vobiz-face.ts';
import { jobKinds } from '../../src/jobs/queues.ts';
import { fixedClock, movableClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { createAgentInbox } from '../../src/redis/agent-inbox.ts';
import { createNumberCalls } from '../../src/redis/number-calls.ts';
import { postgresNumberUsage } from '../../src/store/number-usage.ts';
import { type OpenPlane, openPlane } from '../redis/support/plane.ts';
import type { TestAccount } from '../support/api-harness.ts';
import { TELNYX_RULES } from '../support/telnyx-rules.ts';
import { type AdminApi, startAdminApi } from './admin/admin-api.ts';
import { CREDIT_MINOR, FEES, type Model, newModel, PARENTS } from './life-cycle-state.ts';

/** All faces over one store and one Redis, whose clock only the test moves. */
export interface LifeCycleApi extends AdminApi {
  readonly plane: OpenPlane;
  /** Runs the job that waits for the last call of a released number. */
  endRelease(numberId: string): Promise<void>;
}

/** Accounts, keys, endpoints and numbers of one history, by the indices of its model. */
export interface World {
  readonly api: LifeCycleApi;
  readonly model: Model;
  readonly accounts: readonly TestAccount[];
  /** Of masters: an auth token with the scope of force. */
  readonly forceTokens: readonly (string | null)[];
  readonly endpoints: readonly string[];
  readonly numbers: readonly { readonly id: string; readonly e164: string; readonly extId: string }[];
  /** Calls that go on, by number. */
  readonly live: string[][];
  /** Usernames seen, by number, in the order in which they were made. */
  readonly logins: string[][];
}

/** Serves the four faces over the test services. */
export async function openLifeCycleApi(): Promise<LifeCycleApi> {
  const api = await startAdminApi({
    // Half-way through a second, so that rounding shows.
    clock: movableClock(fixedClock(Date.UTC(2026, 0, 31, 23, 59, 58, 345))),
    moreFaces: (deps, { pool }) => [
      vobizFace({ ...deps, usage: postgresNumberUsage(pool) }),
      telnyxFace({ ...deps, ...TELNYX_RULES, callingCodeOf: () => null }),
    ],
  });
  const plane = await openPlane(api.parts.redisUrl);
  const { redis } = api.parts;
  const release = finishRelease({
    ...api.deps,
    plane: plane.reader,
    numberCalls: createNumberCalls(redis),
    inbox: createAgentInbox(redis, 1000),
    // Calls here last as long as the history wants.
    deadlineMs: Number.POSITIVE_INFINITY,
    giveUpMs: 0,
  });
  const handlers = { 'release-due': release } as unknown as JobHandlers;
  const jobs = { ...api.deps, handlers, kinds: jobKinds, metrics: { ran: () => {}, oldestAge: () => {} }, leaseMs: 10_000 };
  return {
    ...api,
    plane,
    async endRelease(numberId) {
      const [job] = await api.sql("select id from jobs where number_id = $1 and queue = 'release-due' and state = 'queued'", [numberId]);
      const result = await runJob(jobs, job.id);
      if (result !== 'done') throw new Error(`the release did not end: ${result}`);
    },
    async close() {
      await plane.close();
      await api.close();
    },
  };
}

/** A new world in the state of a new model. */
export async function newWorld(api: LifeCycleApi): Promise<World> {
  const accounts: TestAccount[] = [];
  for (const parent of PARENTS) {
    const above = parent === null ? undefined : accounts[parent]?.account;
    accounts.push(await api.newAccount({ creditMinor: CREDIT_MINOR, ...(above === undefined ? {} : { parent: above }) }));
  }
  const forceTokens = accounts.map(async ({ account }) =>
    account.parentId === null ? api.newKey(account, { kind: 'auth_token', scopes: ['cool_off:force'] }) : null,
  );
  const endpoints = accounts.map(async ({ key }) => {
    const body = { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' };
    return (await api.call('POST', '/endpoints', { key, body })).body.id as string;
  });
  const numbers = FEES.map(async ([setupFeeMinor, monthlyFeeMinor]) => {
    const { id, e164 } = await api.newStock({ id: newId(), setupFeeMinor, monthlyFeeMinor });
    const [row] = await api.sql('select ext_id::text as ext_id from numbers where id = $1', [id]);
    return { id, e164, extId: String(row.ext_id) };
  });
  return {
    api,
    model: newModel(),
    accounts,
    forceTokens: await Promise.all(forceTokens),
    endpoints: await Promise.all(endpoints),
    numbers: await Promise.all(numbers),
    live: FEES.map(() => []),
    logins: FEES.map(() => []),
  };
}
