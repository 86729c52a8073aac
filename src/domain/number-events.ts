import { type Holder, sameHolder } from './account.ts';
import type { EventType, ToldEvent } from './event.ts';
import { lifecycleOf, type PhoneNumber } from './number.ts';

const accountOf = (holder: Holder): string => holder.subAccountId ?? holder.ownerAccountId;

/** What subscribers are shown of a number, as its holder sees it. */
const shown = (number: PhoneNumber) => ({
  number_id: number.id,
  e164: number.e164,
  country: number.country,
  type: number.type,
  status: lifecycleOf(number),
  suspended_by: number.suspendedBy,
  allow_inbound: number.allowInbound,
  allow_outbound: number.allowOutbound,
  endpoint_id: number.endpointId,
  trunk_group_id: number.trunkGroupId,
  tags: number.tags,
  customer_reference: number.customerReference,
  updated_at: new Date(number.updatedAt).toISOString(),
});

const eventOf = (type: EventType, number: PhoneNumber, holder: Holder, version: number, at: number): ToldEvent => ({
  key: `${type}:${number.id}:${version}`,
  type,
  accountId: accountOf(holder),
  mode: number.mode,
  resource: `number:${number.id}`,
  payload: shown(number),
  at,
});

/**
 * What a saved change of a number is to those who subscribed. A number that waits in an order is told of by its order, and the end of
 * a release that left calls behind by the job that ends it.
 */
export function numberEvents(before: PhoneNumber, after: PhoneNumber): readonly ToldEvent[] {
  const tell = (type: EventType, number: PhoneNumber, holder: Holder) => eventOf(type, number, holder, after.version, after.updatedAt);
  if (after.holder === null) {
    // Its last holder is told what it had, not what stock has.
    return before.holder !== null && before.lifecycle === 'active'
      ? [tell('number.released', { ...before, lifecycle: 'available' }, before.holder)]
      : [];
  }
  if (after.lifecycle === 'releasing') return before.lifecycle === 'releasing' ? [] : [tell('number.releasing', after, after.holder)];
  if (after.lifecycle !== 'active') return [];
  // Kept after all: nobody bought anything, and money that is booked by this event must not be booked twice.
  if (before.lifecycle === 'releasing' && before.holder !== null) return [tell('number.updated', after, after.holder)];
  if (before.lifecycle !== 'active' || before.holder === null) return [tell('number.purchased', after, after.holder)];
  if (!sameHolder(before.holder, after.holder)) {
    return [tell('number.unassigned', before, before.holder), tell('number.assigned', after, after.holder)];
  }
  const [was, is] = [lifecycleOf(before), lifecycleOf(after)];
  if (was !== is) return [tell(is === 'suspended' ? 'number.suspended' : 'number.resumed', after, after.holder)];
  return [tell('number.updated', after, after.holder)];
}
