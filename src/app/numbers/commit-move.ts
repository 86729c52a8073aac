import type { CoolOffJudgement } from '../../domain/cool-off.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Transaction } from '../ports/store.ts';
import { type CredentialDeps, createNumberCredential } from '../sip-credentials/create-number-credential.ts';
import { destroyNumberCredential } from '../sip-credentials/destroy-number-credential.ts';
import { saveNumber } from './save-number.ts';

/** How a move came about, for its audit row. */
export interface Move {
  readonly action: string;
  readonly force: boolean;
  readonly forceNeeded: boolean;
  readonly coolOff: CoolOffJudgement;
}

/** What the audit row of a forced change tells of the cool-off it overruled, or did not need to (decision B10). */
export function forceNote({ force, forceNeeded, coolOff }: Omit<Move, 'action'>): Readonly<Record<string, unknown>> {
  if (!force) return {};
  const until = coolOff.result === 'cooling' ? { coolOffUntilMs: coolOff.untilMs } : {};
  return { force: { needed: forceNeeded, ...until } };
}

/** Puts a number into its new holder's hands inside the transaction: nothing of the last one's goes along (decisions B7, C13). */
export async function passOn(
  tx: Transaction,
  deps: CredentialDeps,
  before: PhoneNumber,
  after: PhoneNumber,
  reason: string,
): Promise<void> {
  if (after.holder === null) throw new Error(`number ${after.id} is handed to nobody`);
  await destroyNumberCredential(tx, before.id);
  await saveNumber(tx, before, after, reason);
  await createNumberCredential(tx, deps, after, after.holder, after.updatedAt);
}

/** The same as an operation of its own, with its one audit row (invariant 13). */
export async function commitMove(tx: Transaction, deps: CredentialDeps, before: PhoneNumber, after: PhoneNumber, how: Move): Promise<void> {
  await passOn(tx, deps, before, after, how.action);
  const account = after.holder?.subAccountId ?? before.holder?.subAccountId ?? after.holder?.ownerAccountId ?? null;
  await tx.audit({
    action: how.action,
    resource: `number:${after.id}`,
    accountId: account,
    before,
    after: { ...after, ...forceNote(how) },
    forced: how.force,
  });
}
