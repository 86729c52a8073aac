import type { SipCredential } from '../../domain/sip-credential.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import type { Transaction } from '../ports/store.ts';

/** A trunk with what belongs to it, as faces show it. */
export interface ShownTrunk {
  readonly group: TrunkGroup;
  readonly logins: readonly SipCredential[];
  readonly parts: readonly TrunkPart[];
}

/** Reads what belongs to a trunk. */
export const showTrunk = async (tx: Transaction, group: TrunkGroup): Promise<ShownTrunk> => ({
  group,
  logins: await tx.credentials.ofTrunkGroup(group.id),
  parts: await tx.trunkParts.ofGroup(group.id),
});
