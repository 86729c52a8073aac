import { groupStateAt, type RequirementGroup } from '../../domain/requirement-group.ts';
import type { Transaction } from '../ports/store.ts';

/** What an audit row tells of a group. */
const shown = (group: RequirementGroup) => ({
  id: group.id,
  country: group.country,
  numberType: group.numberType,
  state: group.state,
  expiresAt: group.expiresAt,
  customerReference: group.customerReference,
  version: group.version,
  values: group.values.map(({ requirementId, value }) => ({ requirementId, value })),
});

/** Writes a group, its one audit row (invariant 13), and what subscribers hear of its state; null is a group that is not there. */
export async function saveGroup(
  tx: Transaction,
  action: string,
  before: RequirementGroup | null,
  after: RequirementGroup | null,
  { at, reason = null }: { readonly at: number; readonly reason?: string | null },
): Promise<void> {
  const group = after ?? before;
  if (group === null) throw new Error('a group that never was cannot be saved');
  if (after === null) await tx.requirementGroups.remove(group.id);
  else if (before === null) await tx.requirementGroups.insert(after);
  else await tx.requirementGroups.save(before, after);
  const accountId = group.holder.subAccountId ?? group.holder.ownerAccountId;
  const resource = `requirement_group:${group.id}`;
  const [was, is] = [before, after].map((each) => (each === null ? null : shown(each)));
  await tx.audit({ action, resource, accountId, before: was, after: is, reason });
  if (before === null || after === null || before.state === after.state) return;
  await tx.events.append({
    key: `${resource}:${after.version}`,
    type: 'requirement_group.status_changed',
    accountId,
    mode: group.mode,
    resource,
    payload: { id: group.id, country: group.country, type: group.numberType, status: groupStateAt(after, at) },
    at,
  });
}
