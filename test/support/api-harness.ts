import { randomInt } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { createAccount } from '../../src/app/accounts/create-account.ts';
import { creditAccount } from '../../src/app/accounts/credit-account.ts';
import { type IssueKeyInput, issueKey } from '../../src/app/accounts/issue-key.ts';
import type { Actor } from '../../src/app/actor.ts';
import type { AuthDeps } from '../../src/app/auth/authenticate.ts';
import { createFailedAuthLimiter } from '../../src/app/auth/failed-auth-limiter.ts';
import { createKeyUse } from '../../src/app/auth/key-use.ts';
import { explainOwnCall, explainOwnPastCall } from '../../src/app/calls/explain-own-call.ts';
import type { ChangeDeps } from '../../src/app/change.ts';
import { createPlaneGuard } from '../../src/app/expectations/guard-plane.ts';
import type { Bindings } from '../../src/app/ports/bindings.ts';
import type { LeaseBook } from '../../src/app/ports/limits.ts';
import type { HttpMetrics } from '../../src/app/ports/metrics.ts';
import type { InventoryRow, UnitOfWork } from '../../src/app/ports/store.ts';
import { webhookPublicKey } from '../../src/config/webhook-key.ts';
import type { Account } from '../../src/domain/account.ts';
import type { ClaimRules } from '../../src/domain/tenant-acl.ts';
import type { Face } from '../../src/http/face.ts';
import { type KrosDeps, krosFace } from '../../src/http/kros/kros-face.ts';
import { createHttpServer, type HttpServer, type HttpServerConfig } from '../../src/http/server.ts';
import { createSessionTokenVerifier } from '../../src/http/session-tokens.ts';
import { type MovableClock, movableClock } from '../../src/kit/clock.ts';
import { newId } from '../../src/kit/ids.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/kit/log.ts';
import { ok, type Result } from '../../src/kit/result.ts';
import { createSealer } from '../../src/kit/seal.ts';
import { createBindings } from '../../src/redis/bindings.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { createHolderFence } from '../../src/redis/holder-fence.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { createRoutingPlane } from '../../src/redis/plane.ts';
import { isPlaneAway } from '../../src/redis/plane-away.ts';
import { PlaneView } from '../../src/redis/plane-view.ts';
import { createRecordReader, type PlaneRecordReader } from '../../src/redis/record-reader.ts';
import { createRecordWriter } from '../../src/redis/record-writer.ts';
import { postgresCallReader } from '../../src/store/calls.ts';
import { postgresOutbox } from '../../src/store/outbox.ts';
import { createPool } from '../../src/store/pool.ts';
import { isStoreAway } from '../../src/store/store-away.ts';
import { postgresUnitOfWork } from '../../src/store/unit-of-work.ts';
import { answeredOperations } from './answered-operations.ts';
import { type ApiAnswer, type ApiRequest, call } from './api-call.ts';
import { createTestDatabase, createTestRedis } from './services.ts';

export const PLATFORM_KEY = 'test-platform-key-0123456789';
export const JWT_SECRET = 'test-jwt-secret-0123456789abcdef';
export const DAY_MS = 86_400_000;
/** 32 bytes as hexadecimal: what signs webhooks of the Telnyx face. */
export const SEALING_KEY = '5e'.repeat(32);
/** 127.0.0.0/8: where receivers of tests are. */
export const LOOPBACK = { family: 4, value: 0x7f00_0000n, bits: 8 } as const;

/** 10.0.0.0/8. */
const PRIVATE = { family: 4, value: 0x0a00_0000n, bits: 8 } as const;

/** What faces are built with. */
export interface HarnessDeps extends KrosDeps {
  readonly leases: LeaseBook;
  readonly bindings: Bindings;
  readonly claims: ClaimRules;
  readonly webhookPublicKey: string;
}

export interface ApiHarness {
  readonly url: string;
  readonly server: HttpServer;
  readonly clock: MovableClock;
  readonly deps: HarnessDeps;
  readonly faces: readonly Face[];
  readonly records: PlaneRecordReader;
  readonly platform: Actor;
  readonly observed: Parameters<HttpMetrics['observe']>[0][];
  readonly logged: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  /** Runs SQL on the test's database. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  sql(text: string, values?: unknown[]): Promise<any[]>;
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** An account with a live owner key and, unless told otherwise, plenty of money. */
  newAccount(options?: NewAccount): Promise<TestAccount>;
  newKey(account: Account, options?: Partial<IssueKeyInput>): Promise<string>;
  /** Puts a number into stock and returns it as listed. */
  newStock(options?: Partial<InventoryRow>): Promise<InventoryRow>;
  /** A number that the holder of `key` has just bought. */
  newNumber(key: string, options?: Partial<InventoryRow>): Promise<InventoryRow>;
  close(): Promise<void>;
}

export interface NewAccount {
  readonly parent?: Account;
  readonly creditMinor?: number;
  readonly mode?: 'live' | 'test';
}

export interface TestAccount {
  readonly account: Account;
  readonly key: string;
}

/** The connections of the harness; it closes them. */
export interface HarnessParts {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly clock: MovableClock;
}

export interface HarnessOptions {
  readonly config?: Partial<HttpServerConfig>;
  /** Further faces over the same parts. */
  readonly moreFaces?: (deps: HarnessDeps, parts: HarnessParts) => readonly Face[];
  readonly failedAuthPerMinute?: number;
  readonly coolOffDays?: number;
  /** Puts faults around the store's transactions. */
  readonly unitOfWork?: (real: UnitOfWork) => UnitOfWork;
  /** How long the emptied Redis of the harness cannot tell last calls; none when absent. */
  readonly settleMs?: number;
  /** The clock of everything; one that runs with the machine's when absent. */
  readonly clock?: MovableClock;
}

/** Composes store, Redis and faces over the test services and serves them on a loopback port. */
export async function startApiHarness(options: HarnessOptions = {}): Promise<ApiHarness> {
  const database = await createTestDatabase('api');
  const testRedis = await createTestRedis();
  const logged: ApiHarness['logged'] = [];
  const log = collectingLogger(logged);
  const redis = await connectRedis({ url: testRedis.url, name: 'api-test', log: silentLogger });
  await createRoutingPlane(redis).markPlane(1);
  const pool = createPool(database.url, { log: silentLogger, connectionsMax: 8 });
  const clock = options.clock ?? movableClock();
  const settings = { defaultCountry: null, unknownSource: 'drop' } as const;
  const guard = createPlaneGuard({ settings, clock, log: silentLogger });
  const reader = createRecordReader({ redis, plane: new PlaneView(), onBadValue: () => {} });
  const store = postgresUnitOfWork(pool, clock, silentLogger, guard);
  const unitOfWork = options.unitOfWork?.(store) ?? store;
  const change: ChangeDeps = {
    unitOfWork,
    outbox: postgresOutbox(pool),
    records: createRecordWriter({ redis }),
    log,
    propagationWaitMs: 2000,
  };
  const auth: AuthDeps = {
    unitOfWork,
    clock,
    platformKey: PLATFORM_KEY,
    sessionTokens: createSessionTokenVerifier({ secret: JWT_SECRET, jwksUrl: null, issuer: null, audience: 'authenticated', clock }),
    keyUse: createKeyUse({ unitOfWork, log }),
  };
  const deps: HarnessDeps = {
    ...change,
    clock,
    auth,
    sealer: createSealer('test-sealing-key'),
    outbound: { ownAddresses: [], allowedNetworks: [LOOPBACK], ports: [{ from: 1, to: 65_535 }] },
    // Tenants of tests live in a private network.
    claims: { ownAddresses: [{ ip: '10.200.0.1', port: null }], allowedNetworks: [PRIVATE], loopbackAllowed: false },
    secretOverlapMs: DAY_MS,
    webhookPublicKey: webhookPublicKey(SEALING_KEY),
    sipDomain: 'sip.test',
    sipContact: () => ({ domain: 'sip.test', ip: '127.0.0.1', port: 5999, transport: 'udp' }),
    coolOffMs: () => (options.coolOffDays ?? 15) * DAY_MS,
    requirementDeadlineMs: 30 * DAY_MS,
    fence: createHolderFence({ redis, log, settleMs: options.settleMs ?? 0 }),
    leases: createLeaseBook(redis),
    calls: postgresCallReader(pool),
    explainOwn: (actor, question) => explainOwnCall({ reader, settings, clock, newId }, actor, question),
    explainOwnPast: (actor, callId) => explainOwnPastCall({ calls: postgresCallReader(pool) }, actor, callId),
    isPlaneAway,
    bindings: createBindings({ redis, plane: { marker: { epoch: 1, runId: '0', markId: '0' } } }),
  };
  const faces = [krosFace(deps), ...(options.moreFaces?.(deps, { pool, redis, redisUrl: testRedis.url, clock }) ?? [])];
  const observed: ApiHarness['observed'] = [];
  const answered = answeredOperations();
  const server = createHttpServer({
    faces,
    health: { readiness: () => ({ ready: true, status: 'ready', parts: { store: { ok: true } } }) },
    metricsText: async () => '# no metrics\n',
    metrics: {
      observe(request) {
        observed.push(request);
        answered.note(request);
      },
      dropped() {},
    },
    failedAuth: createFailedAuthLimiter({ perMinute: options.failedAuthPerMinute ?? 1_000_000, nowMs: () => performance.now() }),
    once: { unitOfWork, sealer: deps.sealer, clock, keepMs: DAY_MS },
    isStoreAway,
    log,
    config: { ...CONFIG, ...options.config },
  });
  const { url } = await server.listen('127.0.0.1', 0);
  const platform: Actor = {
    kind: 'platform',
    id: 'platform',
    account: null,
    role: 'owner',
    scopes: null,
    mode: 'live',
    requestId: 'test',
    ip: null,
  };
  const harness: ApiHarness = {
    url,
    server,
    clock,
    deps,
    faces,
    platform,
    observed,
    logged,
    records: createRecordReader({
      redis,
      plane: new PlaneView(),
      onBadValue: (where, reason) => log.error('bad value in Redis', { where, reason }),
    }),
    sql: async (text, values = []) => (await pool.query(text, values)).rows,
    call: (method, path, request) => call(url, method, path, request),
    newAccount: (given) => newAccount(harness, given),
    newKey: async (account, given) => changedValue(await issueKey(deps, platform, { ...keyOf(account), ...given })).secret,
    newStock: (given) => newStock(harness, given),
    async newNumber(key, given) {
      const stock = await newStock(harness, given);
      const answer = await harness.call('POST', '/phone-numbers', { key, body: { inventory_id: stock.id } });
      if (answer.status !== 201) throw new Error(`purchase: ${answer.status} ${answer.text}`);
      return stock;
    },
    async close() {
      await server.stop();
      answered.keep();
      await closeRedis(redis);
      await pool.end();
      await testRedis.close();
      await database.close();
    },
  };
  return harness;
}

const CONFIG: HttpServerConfig = {
  trustProxy: false,
  bodyBytesMax: 64 * 1024,
  requestTimeoutMs: 10_000,
  headersTimeoutMs: 5000,
  connectionsMax: 10_000,
  keepAliveTimeoutMs: 5000,
  drainLeadMs: 50,
  publicUrl: null,
  serves: { faces: true, operations: true },
};

/** The value of a change that must have succeeded. */
export function changedValue<T>(done: Result<{ readonly value: T }, unknown>): T {
  if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  return done.value.value;
}

const keyOf = (account: Account): IssueKeyInput => ({
  accountId: account.id,
  kind: 'key',
  mode: 'live',
  role: 'owner',
  scopes: null,
  allowedIps: [],
  expiresAt: null,
});

async function newAccount({ deps, platform, newKey }: ApiHarness, options: NewAccount = {}): Promise<TestAccount> {
  const { account } = changedValue(
    await createAccount({ ...deps, defaultCurrency: 'USD' }, platform, {
      name: 'Test account',
      kind: options.parent === undefined ? 'account' : 'sub_account',
      parentId: options.parent?.id ?? null,
      currency: null,
      country: null,
    }),
  );
  const mode = options.mode ?? 'live';
  const amountMinor = options.creditMinor ?? 100_000;
  if (options.parent === undefined && amountMinor > 0) {
    changedValue(await creditAccount(deps, platform, { accountId: account.id, amountMinor, note: 'test', mode, allowNegative: false }));
  }
  return { account, key: await newKey(account, { mode }) };
}

async function newStock({ deps, clock }: ApiHarness, options: Partial<InventoryRow> = {}): Promise<InventoryRow> {
  const row: InventoryRow = {
    id: newId(),
    e164: `+44207${String(randomInt(1e7)).padStart(7, '0')}`,
    mode: 'live',
    country: 'GB',
    type: 'local',
    region: null,
    capabilities: ['voice'],
    setupFeeMinor: 100,
    monthlyFeeMinor: 200,
    currency: 'USD',
    carrierTrunkGroupId: null,
    ...options,
  };
  const stamp = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };
  await deps.unitOfWork.change(stamp, async (tx) => ok(await tx.numbers.putInventory([row], clock.now())));
  return row;
}

function collectingLogger(lines: ApiHarness['logged']): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error'), child: () => collectingLogger(lines) };
}
