import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UnitOfWork } from '../../src/app/ports/store.ts';
import { newId } from '../../src/kit/ids.ts';
import type { ApiAnswer } from '../support/api-call.ts';
import { PLATFORM_KEY, type TestAccount } from '../support/api-harness.ts';
import { type AdminApi, startAdminApi } from './admin/admin-api.ts';

type Fault = 'before the work' | 'before the commit' | 'connection lost before the commit' | 'after the commit';
const FAULTS: readonly Fault[] = ['before the work', 'before the commit', 'connection lost before the commit', 'after the commit'];

/** Strikes the next change of the request with this id, once. */
let armed: { readonly fault: Fault; readonly requestId: string } | null = null;
let api: AdminApi;
let buyer: TestAccount;
beforeAll(async () => {
  api = await startAdminApi({ unitOfWork: faulty });
  buyer = await api.newAccount({ creditMinor: 10_000_000 });
});
afterAll(() => api.close());
afterEach(() => {
  // A fault that did not strike proves nothing.
  expect(armed).toBeNull();
});

class Crash extends Error {}

function faulty(real: UnitOfWork): UnitOfWork {
  return {
    read: (work) => real.read(work),
    look: (work) => real.look(work),
    async change(stamp, work) {
      const fault = armed?.requestId === stamp.requestId ? armed.fault : null;
      if (fault === null) return real.change(stamp, work);
      armed = null;
      const done = await real.change(stamp, async (tx) => {
        if (fault === 'before the work') throw new Crash(fault);
        const result = await work(tx);
        if (fault === 'before the commit') throw new Crash(fault);
        if (fault === 'connection lost before the commit') await cutTransactions();
        return result;
      });
      if (fault === 'after the commit') throw new Crash(fault);
      return done;
    },
  };
}

const cutTransactions = () =>
  api.sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`);

/** A request with effects that can be counted. */
interface Subject {
  send(key: string, requestId?: string): Promise<ApiAnswer>;
  /** How many effects there are, each counted where it shows. */
  effects(): Promise<readonly number[]>;
}

const headersOf = (key: string, requestId: string | undefined): Record<string, string> => ({
  'Idempotency-Key': key,
  ...(requestId === undefined ? {} : { 'X-Request-Id': requestId }),
});
const count = async (text: string, values: unknown[]): Promise<number> =>
  (await api.sql(`select count(*)::int as n from ${text}`, values))[0].n;

async function purchase(): Promise<Subject> {
  const stock = await api.newStock();
  const before = (await api.admin('GET', `/accounts/${buyer.account.id}`)).body.balance_minor;
  const body = { inventory_id: stock.id };
  return {
    send: (key, requestId) => api.call('POST', '/v1/phone-numbers', { key: buyer.key, body, headers: headersOf(key, requestId) }),
    async effects() {
      const after = (await api.admin('GET', `/accounts/${buyer.account.id}`)).body.balance_minor;
      return [
        await count('numbers where id = $1 and owner_account_id = $2', [stock.id, buyer.account.id]),
        (before - after) / (stock.setupFeeMinor + stock.monthlyFeeMinor),
        await count("audit where resource = $1 and action = 'number.purchase'", [`number:${stock.id}`]),
        await count('sip_credentials where number_id = $1', [stock.id]),
      ];
    },
  };
}

async function newAccount(): Promise<Subject> {
  const name = `Account ${newId()}`;
  return {
    send: (key, requestId) =>
      api.call('POST', '/admin/v1/accounts', { key: PLATFORM_KEY, body: { name }, headers: headersOf(key, requestId) }),
    effects: async () => [
      await count('accounts where name = $1', [name]),
      await count('api_keys k join accounts a on a.id = k.account_id where a.name = $1', [name]),
      await count("audit where action = 'account.create' and after->>'name' = $1", [name]),
    ],
  };
}

const SUBJECTS = { 'a purchase': purchase, 'a new account': newAccount };
const isReplay = (answer: ApiAnswer): boolean => answer.headers.get('idempotent-replayed') === 'true';
/** What a repetition must have as the first answer had it. */
const told = ({ headers }: ApiAnswer) => ['location', 'etag', 'dialplane-version', 'content-type'].map((name) => headers.get(name));

describe.each(Object.entries(SUBJECTS))('invariant 8: one effect per idempotency key, whatever crashes: %s', (name, start) => {
  it.each(FAULTS)('%s', async (fault) => {
    const subject = await start();
    const key = newId();
    const requestId = newId();
    armed = { fault, requestId };
    const crashed = await subject.send(key, requestId);
    expect(crashed.status, crashed.text).toBeGreaterThanOrEqual(500);
    const committed = fault === 'after the commit';
    expect(new Set(await subject.effects())).toEqual(new Set([committed ? 1 : 0]));

    const retry = await subject.send(key);
    expect(retry.status, retry.text).toBe(201);
    expect(isReplay(retry)).toBe(committed);
    const again = await subject.send(key);
    expect(again.status).toBe(201);
    expect(isReplay(again)).toBe(true);
    expect(again.body.id).toBe(retry.body.id);
    expect(told(again)).toEqual(told(retry));
    expect(new Set(await subject.effects())).toEqual(new Set([1]));
  });

  it('fifty at a time: one does it, the others wait for it or repeat its answer', async () => {
    const subject = await start();
    const key = newId();
    const answers = await Promise.all(Array.from({ length: 50 }, () => subject.send(key)));
    const made = answers.filter(({ status }) => status === 201);
    const told409 = answers.filter(({ status }) => status === 409);
    expect(made.length + told409.length, answers.map(({ status }) => status).join()).toBe(50);
    expect(made.filter((answer) => !isReplay(answer))).toHaveLength(1);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    for (const { headers, body } of told409) {
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('x-should-retry')).toBe('true');
      expect(body.code.toLowerCase()).toBe('idempotency_conflict');
    }
    expect(new Set(await subject.effects())).toEqual(new Set([1]));
    expect(isReplay(await subject.send(key))).toBe(true);
  });

  if (name === 'a purchase') {
    it('409 while the first one holds its transaction, and the others go on', async () => {
      const subject = await start();
      const key = newId();
      // Another process in the middle of the same request: what it holds is the lock of its transaction.
      const first = await holdFirst(key);
      const second = await subject.send(key);
      expect(second.status, second.text).toBe(409);
      expect(second.headers.get('retry-after')).toBe('1');
      await first.crash();
      const third = await subject.send(key);
      expect(third.status, third.text).toBe(201);
      expect(isReplay(third)).toBe(false);
    });
  }
});

/** Takes the slot in a transaction that stays open until it crashes. */
async function holdFirst(key: string): Promise<{ crash(): Promise<void> }> {
  const slot = { scope: `account:${buyer.account.id}`, mode: 'live', key } as const;
  const stamp = { kind: 'key', id: 'first', accountId: null, requestId: 'first', ip: null };
  let crash = (): void => {};
  const crashing = new Promise<void>((resolve) => {
    crash = resolve;
  });
  let held = (): void => {};
  const holding = new Promise<void>((resolve) => {
    held = resolve;
  });
  const ended = api.deps.unitOfWork
    .change(stamp, async (tx) => {
      expect(await tx.idempotency.claim(slot)).toBe(true);
      held();
      await crashing;
      throw new Crash('the first process is gone');
    })
    .catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
  await holding;
  return {
    async crash() {
      crash();
      await ended;
    },
  };
}
