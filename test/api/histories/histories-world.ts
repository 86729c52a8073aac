import { randomInt } from 'node:crypto';
import { runJob } from '../../../src/app/jobs/run-job.ts';
import { finishRelease } from '../../../src/app/numbers/finish-release.ts';
import { endOverdue } from '../../../src/app/orders/end-overdue.ts';
import type { JobHandlers } from '../../../src/app/ports/jobs.ts';
import { telnyxFace } from '../../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../../src/http/vobiz/vobiz-face.ts';
import { jobKinds } from '../../../src/jobs/queues.ts';
import { fixedClock, movableClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { ok } from '../../../src/kit/result.ts';
import { createAgentInbox } from '../../../src/redis/agent-inbox.ts';
import { createNumberCalls } from '../../../src/redis/number-calls.ts';
import { postgresNumberUsage } from '../../../src/store/number-usage.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { TELNYX_RULES } from '../../support/telnyx-rules.ts';
import { type AdminApi, startAdminApi } from '../admin/admin-api.ts';
import {
  CREDIT_MINOR,
  EXTENSIONS_MAX,
  KEEP_MS,
  type Model,
  newModel,
  newNumber,
  PARENTS,
  QUARANTINE_MS,
  RESERVED_MAX,
  type RequirementName,
  STOCK,
  WINDOW_MS,
} from './machine-state.ts';

/** The four faces over one store, a clock that only the test moves, and a worker that only the test sends. */
export interface HistoriesApi extends AdminApi {
  /** Runs every due deadline and release of these accounts, each one twice: a repeated job changes nothing (invariant 14). */
  work(accountIds: readonly string[]): Promise<void>;
  /** How often each invariant was looked at, by its number. */
  readonly looks: Map<number, number>;
  /** Two letters that no other world has. */
  newCountry(): string;
}

/** Accounts, numbers and made things of one history, by the indices of its model. */
export interface World {
  readonly api: HistoriesApi;
  readonly model: Model;
  readonly country: string;
  readonly accounts: readonly TestAccount[];
  readonly numbers: { readonly id: string; readonly e164: string; readonly extId: string }[];
  readonly requirements: Readonly<Record<RequirementName, string>>;
  readonly orders: { readonly id: string; readonly subs: readonly string[]; readonly items: readonly string[] }[];
  readonly groups: string[];
  readonly reservations: string[];
  /** Audit rows of the accounts that were looked at. */
  audited: number;
}

const QUEUES = ['requirement-deadlines', 'release-due'] as const;

/** Serves admin, Kros, Vobiz and Telnyx with a release window, a quarantine and a small limit of reservations. */
export async function openHistoriesApi(): Promise<HistoriesApi> {
  const api = await startAdminApi({
    clock: movableClock(fixedClock(Date.UTC(2026, 0, 31, 23, 59, 58, 345))),
    moreFaces: (deps, { pool }) => [
      vobizFace({
        ...deps,
        usage: postgresNumberUsage(pool),
        releaseTerms: { windowMs: WINDOW_MS, quarantineMs: QUARANTINE_MS },
      }),
      telnyxFace({
        ...deps,
        ...TELNYX_RULES,
        reservations: { keepMs: KEEP_MS, extensionsMax: EXTENSIONS_MAX, activeMax: RESERVED_MAX },
        callingCodeOf: () => null,
      }),
    ],
  });
  const { redis } = api.parts;
  const handlers = {
    'requirement-deadlines': endOverdue({ clock: api.clock }),
    'release-due': finishRelease({
      ...api.deps,
      plane: api.records,
      numberCalls: createNumberCalls(redis),
      inbox: createAgentInbox(redis, 1000),
      deadlineMs: 60_000,
      giveUpMs: 0,
    }),
  } as unknown as JobHandlers;
  const jobs = { ...api.deps, handlers, kinds: jobKinds, metrics: { ran: () => {}, oldestAge: () => {} }, leaseMs: 10_000 };
  const looks = new Map<number, number>();
  let countries = 0;
  return {
    ...api,
    looks,
    async work(accountIds) {
      const dueAt = new Date(api.clock.now()).toISOString();
      const due = await api.sql(
        "select id from jobs where queue = any($1) and account_id = any($2) and state = 'queued' and due_at <= $3 order by due_at, id",
        [QUEUES, accountIds, dueAt],
      );
      for (const { id } of due) {
        const result = await runJob(jobs, id);
        if (result !== 'done') throw new Error(`the job came to ${result}`);
        await api.sql("update jobs set state = 'queued' where id = $1 and state = 'done'", [id]);
        await runJob(jobs, id);
        looked(looks, 14);
      }
    },
    newCountry() {
      const letter = (index: number): string => String.fromCharCode(65 + (index % 26));
      countries += 1;
      return `${letter(Math.floor(countries / 26))}${letter(countries)}`;
    },
  };
}

/** A new world in the state of a new model: its own country, so that neither stock nor catalogue is anybody else's. */
export async function newWorld(api: HistoriesApi): Promise<World> {
  const country = api.newCountry();
  const accounts: TestAccount[] = [];
  for (const parent of PARENTS) {
    const above = parent === null ? undefined : accounts[parent]?.account;
    accounts.push(await api.newAccount({ creditMinor: CREDIT_MINOR, ...(above === undefined ? {} : { parent: above }) }));
  }
  const require = async (type: string, name: string, acceptance: object | null): Promise<string> =>
    (await api.made('/requirements', { country, type, name, field_type: 'textual', acceptance })).id;
  const requirements = {
    tax: await require('local', 'Tax number', { max_length: 3 }),
    name: await require('local', 'Name', null),
    code: await require('mobile', 'Code', { acceptable_values: ['ok'] }),
  };
  const world: World = {
    api,
    model: newModel(),
    country,
    accounts,
    numbers: [],
    requirements,
    orders: [],
    groups: [],
    reservations: [],
    audited: 0,
  };
  await addStock(world);
  world.audited = (await newAudit(world)).length;
  return world;
}

/** Counts a look at an invariant. */
export const looked = (looks: Map<number, number>, invariant: number): void => {
  looks.set(invariant, (looks.get(invariant) ?? 0) + 1);
};

/** Puts a number of each kind there is into stock; returns the index of the first. */
export async function addStock({ api, model, country, numbers }: World): Promise<number> {
  const first = numbers.length;
  const rows = STOCK.map(({ type, fees: [setupFeeMinor, monthlyFeeMinor] }) => ({
    id: newId(),
    e164: `+44207${String(randomInt(1e7)).padStart(7, '0')}`,
    mode: 'live' as const,
    country,
    type,
    region: null,
    capabilities: ['voice'],
    setupFeeMinor,
    monthlyFeeMinor,
    currency: 'USD',
    carrierTrunkGroupId: null,
  }));
  const stamp = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null };
  await api.deps.unitOfWork.change(stamp, async (tx) => ok(await tx.numbers.putInventory(rows, api.clock.now())));
  const extIds = await api.sql('select id, ext_id::text as ext_id from numbers where id = any($1)', [rows.map(({ id }) => id)]);
  for (const { id, e164 } of rows) {
    numbers.push({ id, e164, extId: extIds.find((row) => row.id === id)?.ext_id });
    model.numbers.push(newNumber());
  }
  return first;
}

/** The audit rows of the world's accounts that nobody looked at yet, oldest first. */
export const newAudit = ({ api, accounts, audited }: World) =>
  api.sql('select action, request_id from audit where account_id = any($1) order by at, id offset $2', [
    accounts.map(({ account }) => account.id),
    audited,
  ]);
