import type { Account } from '../../domain/account.ts';
import type { CoolOffJudgement } from '../../domain/cool-off.ts';
import { decideUnassign } from '../../domain/holder-change.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed } from '../change.ts';
import { allowForce } from '../force.ts';
import { type BehindFence, changeHolder, type FencedNumber, type HolderChangeDeps } from '../numbers/change-holder.ts';
import { forceNote, passOn } from '../numbers/commit-move.ts';
import type { Transaction } from '../ports/store.ts';
import type { CredentialDeps } from '../sip-credentials/create-number-credential.ts';
import { closeAccount } from './close-account.ts';
import { findChild, NO_SUCH_SUB_ACCOUNT, parentOf } from './own-sub-account.ts';

/** As many as surely pass on within one freeze. */
const NUMBERS_MAX = 200;

type DeleteDeps = HolderChangeDeps & CredentialDeps;

/**
 * Deletes a sub-account: its numbers go to the parent's pool, its logins and tokens end (decision B28). Refuses `cool_off`, the
 * longest one, while any of its numbers cools off, and `in_use` while it holds numbers that are still being set up or very many.
 */
export async function deleteSubAccount(
  deps: DeleteDeps,
  actor: Actor,
  { authId, force }: { readonly authId: string; readonly force: boolean },
): Promise<Result<Changed<Account>, RequestRefusal>> {
  const parent = parentOf(actor);
  if (!parent.ok) return parent;
  const allowed = allowForce(actor, force);
  if (!allowed.ok) return allowed;
  const found = await deps.unitOfWork.read(async (tx) => {
    const child = await findChild(tx.accounts, parent.value, authId);
    return child === null ? null : { id: child.id, numberIds: await tx.holders.numbersOf(child.id, NUMBERS_MAX + 1) };
  });
  if (found === null) return err(NO_SUCH_SUB_ACCOUNT);
  if (found.numberIds.length > NUMBERS_MAX) return err(tooMany(found.numberIds.length));
  return changeHolder(deps, actor, found.numberIds, async (tx, behindFence) => {
    const before = await tx.accounts.lock(found.id);
    if (before === null || before.status === 'closed') return err(NO_SUCH_SUB_ACCOUNT);
    const numbers = await lockNumbers(tx, before.id, found.numberIds, behindFence, deps.clock.now());
    if (!numbers.ok) return numbers;
    const coolOff = longest(numbers.value);
    const returned = await returnNumbers(tx, deps, numbers.value, force, deps.clock.now());
    if (!returned.ok) return coolOff.result === 'cooling' && returned.error.kind === 'cool_off' ? err(coolOffOf(coolOff)) : returned;
    const after = await closeAccount(tx, before, deps.clock.now());
    await tx.publish({ ref: recordRef.account(after.id), version: after.version, record: accountRecord(after) }, after.id);
    await tx.audit({
      action: 'account.delete',
      resource: `account:${after.id}`,
      accountId: after.id,
      before,
      after: { ...after, returnedNumberIds: found.numberIds, ...forceNote({ force, forceNeeded: coolOff.result === 'cooling', coolOff }) },
      forced: force,
    });
    return ok(after);
  });
}

/** Only what was frozen is judged; a number that came since is another attempt's. */
async function lockNumbers(
  tx: Transaction,
  subAccountId: string,
  frozenIds: readonly string[],
  behindFence: BehindFence,
  now: number,
): Promise<Result<FencedNumber[], RequestRefusal>> {
  const ids = await tx.holders.numbersOf(subAccountId, NUMBERS_MAX + 1);
  if (ids.some((id) => !frozenIds.includes(id))) {
    return err({ kind: 'conflict', code: 'changed_meanwhile', detail: 'The sub-account has just got another number; try again.' });
  }
  const numbers: FencedNumber[] = [];
  for (const id of ids) {
    const locked = await tx.numbers.lock(id);
    if (locked?.holder?.subAccountId === subAccountId) numbers.push(behindFence(locked, now));
  }
  const unready = numbers.filter(({ number }) => number.lifecycle !== 'active').length;
  if (unready > 0)
    return err({ kind: 'in_use', detail: 'Numbers of it are still being set up or given back.', counts: { numbers: unready } });
  return ok(numbers);
}

async function returnNumbers(
  tx: Transaction,
  deps: DeleteDeps,
  numbers: readonly FencedNumber[],
  force: boolean,
  nowMs: number,
): Promise<Result<void, RequestRefusal>> {
  for (const { number, coolOff } of numbers) {
    const decided = decideUnassign(number, { coolOff, force, nowMs });
    if (!decided.ok) return decided;
    await passOn(tx, deps, number, decided.value.number, 'account.delete');
  }
  return ok(undefined);
}

const longest = (numbers: readonly FencedNumber[]): CoolOffJudgement =>
  numbers.reduce<CoolOffJudgement>(
    (most, { coolOff }) => (coolOff.result === 'cooling' && (most.result === 'allowed' || coolOff.untilMs > most.untilMs) ? coolOff : most),
    { result: 'allowed' },
  );

const coolOffOf = ({ untilMs, remainingSeconds }: CoolOffJudgement & { readonly result: 'cooling' }): RequestRefusal => ({
  kind: 'cool_off',
  untilMs,
  remainingSeconds,
});

const tooMany = (numbers: number): RequestRefusal => ({
  kind: 'in_use',
  detail: `It holds more than ${NUMBERS_MAX} numbers; take some of them back first.`,
  counts: { numbers },
});
