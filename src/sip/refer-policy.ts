import type { LocalRecords } from '../app/ports/routing.ts';
import type { Candidate } from '../domain/call.ts';
import { parseE164 } from '../domain/e164.ts';
import { mergedTerms, type ReferPolicy } from '../domain/gateway-terms.ts';
import { type RecordRef, recordRef, type TrunkGroupRecord } from '../domain/records.ts';
import type { TransferFact } from '../domain/transfer-fact.ts';
import type { Logger } from '../kit/log.ts';
import { err, ok, type Result } from '../kit/result.ts';
import { type Leg, sideOf } from './relay-in-dialog.ts';

export interface ReferPolicyDeps {
  readonly local: Pick<LocalRecords, 'lastKnown' | 'fill'>;
  /** What the platform says where trunk groups say nothing. */
  readonly policy: { readonly fromCarriers: ReferPolicy; readonly fromAccounts: ReferPolicy };
}

/** The trunk group behind something, null where there is none; `gone`: there was one. Its kind never changes. */
type Behind<T> = Result<T | null, 'gone'>;

/** What is said at the gateway or trunk group the leg goes through, as it stands now; else what the platform says. */
export function referPolicyOf(leg: Leg, { local, policy }: ReferPolicyDeps): ReferPolicy {
  const found = groupOfLeg(leg, local);
  if (!found.ok) return 'refuse';
  const group = found.value;
  if (group === null) return policy.fromAccounts;
  const gateway = group.gateways.find((one) => one.id === leg.candidate?.gatewayId);
  const said = mergedTerms(gateway?.terms, group.terms)?.refer;
  return said ?? (group.groupKind === 'carrier' ? policy.fromCarriers : policy.fromAccounts);
}

/** True for a phone of another account, which the call was forwarded or placed to here: it speaks for nobody else. */
export const isOfAnother = ({ candidate }: Leg): boolean => candidate?.of !== undefined;

/** For whom the new call would be placed; null: nobody here could answer for it. */
export function transferFactOf(leg: Leg, { local }: Pick<ReferPolicyDeps, 'local'>): TransferFact | null {
  const { callId, decision } = leg.call;
  const { direction, accountId, subAccountId, numberId, mode, called, caller } = decision.parties;
  // The called party of a call between two accounts speaks for the other one.
  const isOurs = direction === 'inbound' || direction === 'outbound' || sideOf(leg) === 'caller';
  const e164 = direction === 'inbound' ? called : caller;
  if (!isOurs || isOfAnother(leg) || accountId === null || numberId === null || parseE164(e164) === null) return null;
  const found = direction === 'outbound' ? groupOfCall(leg, local) : groupOfLeg(leg, local);
  if (!found.ok) return null;
  const group = found.value;
  return { callId, accountId, subAccountId, mode, e164, ...(group?.groupKind === 'customer' ? { trunkGroupId: group.id } : {}) };
}

/** A call to a SIP user needed nothing of its login's trunk group, which may not be at hand. Never rejects. */
export async function readGroupOfLogin(candidate: Candidate, user: RecordRef, local: ReferPolicyDeps['local'], log: Logger): Promise<void> {
  try {
    await local.fill([user]);
    const id = groupIdOfLogin(candidate, local);
    if (id.ok && id.value !== null) await local.fill([recordRef.trunkGroup(id.value)]);
  } catch (error) {
    log.debug('the trunk group of a login was not read', { error: String(error) });
  }
}

function groupWith(id: string | null, local: ReferPolicyDeps['local']): Behind<TrunkGroupRecord> {
  if (id === null) return ok(null);
  const group = local.lastKnown(recordRef.trunkGroup(id))?.record;
  return group?.kind === 'trunk_group' ? ok(group) : err('gone');
}

/** The trunk group that the call came through. */
const groupOfCall = ({ call }: Leg, local: ReferPolicyDeps['local']): Behind<TrunkGroupRecord> =>
  groupWith(call.decision.leases.find(({ kind }) => kind === 'trunk_group')?.id ?? null, local);

/** The trunk group that the leg goes through. */
function groupOfLeg(leg: Leg, local: ReferPolicyDeps['local']): Behind<TrunkGroupRecord> {
  const { candidate } = leg;
  if (candidate === null) return groupOfCall(leg, local);
  const id = candidate.trunkGroupId === null ? groupIdOfLogin(candidate, local) : ok(candidate.trunkGroupId);
  return id.ok ? groupWith(id.value, local) : id;
}

/** The trunk group of a SIP user's login: what holds for its calls holds for those it asks for. */
function groupIdOfLogin({ user }: Candidate, local: ReferPolicyDeps['local']): Behind<string> {
  if (user === undefined) return ok(null);
  const login = local.lastKnown(user)?.record;
  return login?.kind === 'credential' ? ok(login.trunkGroupId ?? null) : err('gone');
}
