import { isDeepStrictEqual } from 'node:util';
import type { DecisionSettings } from '../../domain/call.ts';
import { EXPECTATIONS_MAX, EXPECTATIONS_PER_OWNER_MAX, type Expectation } from '../../domain/expectation.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { judgeExpectations, type ToJudge } from './judge-expectations.ts';

export interface ExpectationDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly decisionSettings: DecisionSettings;
}

/** What somebody says of an expectation. */
export type ExpectationInput = Pick<Expectation, 'accountId' | 'name' | 'enabled' | 'call' | 'expected'>;
export type ExpectationPatch = Partial<Pick<Expectation, 'name' | 'enabled' | 'call' | 'expected'>>;

/** Keeps an expectation and judges it. One that does not hold yet is kept too: it protects nothing until it holds. */
export function createExpectation(
  deps: ExpectationDeps,
  actor: Actor,
  input: ExpectationInput,
): Promise<Result<Changed<Expectation>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    await tx.expectations.alone();
    const refused = (await checkAccount(tx, input)) ?? (await checkName(tx, input)) ?? (await checkRoom(tx, input));
    if (refused !== null) return err(refused);
    const at = deps.clock.now();
    const id = newId();
    const expectation: Expectation = {
      ...input,
      id,
      judged: await judgeOne(tx, deps, { ...input, id }),
      version: 1,
      createdAt: at,
      updatedAt: at,
    };
    await tx.expectations.insert(expectation);
    await audit(tx, 'expectation.create', null, expectation);
    return ok(expectation);
  });
}

/** Changes an expectation and judges it anew. */
export function updateExpectation(
  deps: ExpectationDeps,
  actor: Actor,
  id: string,
  patch: ExpectationPatch,
  ifVersion: number | null,
): Promise<Result<Changed<Expectation>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<Expectation, RequestRefusal>> => {
    await tx.expectations.alone();
    const found = await lockExpectation(tx, id, ifVersion);
    if (!found.ok) return found;
    const before = found.value;
    const next = { ...before, ...patch };
    // Postgres keeps the keys of a document in its own order.
    if (isDeepStrictEqual(next, before)) return ok(before);
    const refused = next.name === before.name ? null : await checkName(tx, next);
    if (refused !== null) return err(refused);
    const judged = await judgeOne(tx, deps, next);
    const after = { ...next, judged, version: before.version + 1, updatedAt: deps.clock.now() };
    await tx.expectations.save(after);
    await audit(tx, 'expectation.update', before, after);
    return ok(after);
  });
}

/** Forgets an expectation. */
export function deleteExpectation(
  deps: ExpectationDeps,
  actor: Actor,
  id: string,
  ifVersion: number | null,
): Promise<Result<Changed<Expectation>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    await tx.expectations.alone();
    const found = await lockExpectation(tx, id, ifVersion);
    if (!found.ok) return found;
    await tx.expectations.remove(id);
    await audit(tx, 'expectation.delete', found.value, null);
    return found;
  });
}

async function lockExpectation(tx: Transaction, id: string, ifVersion: number | null): Promise<Result<Expectation, RequestRefusal>> {
  const found = await tx.expectations.lock(id);
  if (found === null) return err({ kind: 'not_found', resource: 'expectation' });
  if (ifVersion !== null && ifVersion !== found.version) return err({ kind: 'precondition_failed', currentVersion: found.version });
  return ok(found);
}

async function judgeOne(tx: Transaction, { decisionSettings, clock }: ExpectationDeps, one: ToJudge) {
  const [judged] = await judgeExpectations([one], tx.facts([one.call.to]), { settings: decisionSettings, at: clock.now() });
  if (judged === undefined) throw new Error('an expectation that nobody judged');
  return judged;
}

async function checkAccount(tx: Transaction, { accountId }: ExpectationInput): Promise<RequestRefusal | null> {
  const account = accountId === null ? null : await tx.accounts.get(accountId);
  const isUsable = accountId === null || (account !== null && account.status !== 'closed');
  return isUsable ? null : invalidBody(['account_id'], 'No such account.', 'not_found');
}

async function checkName(tx: Transaction, { accountId, name }: ExpectationInput): Promise<RequestRefusal | null> {
  const taken = (await tx.expectations.named(accountId, name)) !== null;
  return taken ? { kind: 'conflict', code: 'name_taken', detail: 'There is an expectation of that name.' } : null;
}

async function checkRoom(tx: Transaction, { accountId }: ExpectationInput): Promise<RequestRefusal | null> {
  const { own, all } = await tx.expectations.count(accountId);
  if (own < EXPECTATIONS_PER_OWNER_MAX && all < EXPECTATIONS_MAX) return null;
  const detail = `At most ${EXPECTATIONS_PER_OWNER_MAX} expectations of one account or the platform, and ${EXPECTATIONS_MAX} of all.`;
  return { kind: 'conflict', code: 'expectation_limit', detail };
}

/** Without how it stands: that follows from other changes. */
const told = ({ id, accountId, name, enabled, call, expected, version }: Expectation) => ({
  id,
  accountId,
  name,
  enabled,
  call,
  expected,
  version,
});

const audit = (tx: Transaction, action: string, before: Expectation | null, after: Expectation | null): Promise<void> => {
  const one = after ?? before;
  return tx.audit({
    action,
    resource: `expectation:${one?.id}`,
    // The platform's, whose calls ever it is about: accounts are shown the rows that name them.
    accountId: null,
    before: before === null ? null : told(before),
    after: after === null ? null : told(after),
  });
};
