import type { LoginName } from '../../domain/login-name.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Transaction } from '../ports/store.ts';
import { publishTrunkGroup } from './check-trunk-group.ts';

/** Logins of one trunk group: each that is registered is rung, and all of them are part of its record. */
export const LOGINS_MAX = 10;

/** What the own logins among these are called; undefined: there are none. */
export function ownLoginNames(logins: readonly SipCredential[]): readonly LoginName[] | undefined {
  const own = logins.filter(({ purpose }) => purpose === 'trunk').map(({ realm, username }) => ({ realm, username }));
  return own.length === 0 ? undefined : own;
}

type Placed = Pick<SipCredential, 'purpose' | 'trunkGroupId'>;

/** The trunk group whose record names this login; null: none does. */
const namingGroup = ({ purpose, trunkGroupId }: Placed): string | null =>
  purpose === 'trunk' && trunkGroupId !== undefined ? trunkGroupId : null;

/** Locks the trunk group that names a login before the login itself: the order in which deleting a trunk locks them. */
export async function lockNamingGroup(tx: Transaction, loginId: string): Promise<void> {
  const seen = await tx.credentials.get(loginId);
  const groupId = seen === null ? null : namingGroup(seen);
  if (groupId !== null) await tx.trunkGroups.lock(groupId);
}

/** Publishes the trunk groups anew that named a login before a change of it, or do now. */
export async function followLogin(tx: Transaction, before: Placed | null, after: Placed | null, now: number): Promise<void> {
  const groupIds = [before, after].map((login) => (login === null ? null : namingGroup(login)));
  if (before !== null && after !== null && groupIds[0] === groupIds[1]) return;
  for (const id of new Set(groupIds.filter((groupId) => groupId !== null))) {
    const group = await tx.trunkGroups.lock(id);
    if (group === null) continue;
    const raised = { ...group, version: group.version + 1, updatedAt: now };
    await tx.trunkGroups.save(raised);
    await publishTrunkGroup(tx, raised, { group: true, source: false });
  }
}
