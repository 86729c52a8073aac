import { type KeyObject, sign } from 'node:crypto';
import { z } from 'zod';
import type { StoredEvent, WebhookForm } from '../../app/ports/webhooks.ts';
import { timeText } from '../wire-fields.ts';

const orderData = z.object({
  order_id: z.string(),
  status: z.string(),
  requirements_met: z.boolean(),
  phone_numbers_count: z.number(),
  customer_reference: z.string().nullable(),
  trunk_group: z.object({ ext_id: z.string() }).nullable(),
  messaging_profile_id: z.string().nullable(),
  billing_group_id: z.string().nullable(),
  sub_orders: z.array(z.object({ id: z.string() })),
  items: z.array(
    z.object({
      id: z.string(),
      e164: z.string(),
      country: z.string().nullable(),
      type: z.string().nullable(),
      status: z.string(),
      requirements_met: z.boolean(),
      requirements_status: z.string(),
      requirements: z.array(
        z.object({ requirement_id: z.string(), field_type: z.string(), value: z.string().nullable(), status: z.string() }),
      ),
    }),
  ),
  created_at: z.string(),
  updated_at: z.string(),
});

const VALUE_STATUS: Readonly<Record<string, string>> = { provided: 'pending-approval', approved: 'approved', rejected: 'declined' };

/** A number order as the captured webhook has it: null where nothing is set, a status on each value (decision B1). */
const orderPayload = (order: z.infer<typeof orderData>) => ({
  id: order.order_id,
  record_type: 'number_order',
  status: order.status,
  requirements_met: order.requirements_met,
  phone_numbers_count: order.phone_numbers_count,
  billing_group_id: order.billing_group_id,
  connection_id: order.trunk_group?.ext_id ?? null,
  messaging_profile_id: order.messaging_profile_id,
  customer_reference: order.customer_reference,
  sub_number_orders_ids: order.sub_orders.map(({ id }) => id),
  phone_numbers: order.items.map((item) => ({
    id: item.id,
    record_type: 'number_order_phone_number',
    phone_number: item.e164,
    bundle_id: null,
    country_code: item.country,
    phone_number_type: item.type,
    requirements_met: item.requirements_met,
    requirements_status: item.requirements_status,
    status: item.status,
    regulatory_requirements: item.requirements.map((value) => ({
      field_type: value.field_type,
      field_value: value.value,
      requirement_id: value.requirement_id,
      status: VALUE_STATUS[value.status] ?? null,
    })),
  })),
  created_at: order.created_at,
  updated_at: order.updated_at,
});

const groupData = z.object({ id: z.string(), country: z.string(), type: z.string(), status: z.string() });

const groupPayload = ({ id, country, type, status }: z.infer<typeof groupData>) => ({
  id,
  record_type: 'requirement_group',
  country_code: country,
  phone_number_type: type,
  status: status === 'in_review' ? 'pending-approval' : status,
});

/** The vendor's event of each of ours, and what it carries. */
const EVENTS: Readonly<Record<string, { readonly eventType: string; payload(event: StoredEvent): unknown }>> = {
  'order.completed': { eventType: 'number_order.complete', payload: (event) => orderPayload(orderData.parse(event.payload)) },
  // The vendor publishes neither name nor payload of this one (seed-apis A.2): the words of the group's own operations.
  'requirement_group.status_changed': {
    eventType: 'requirement_group.status_change',
    payload: (event) => groupPayload(groupData.parse(event.payload)),
  },
};

/** The name of ours that the vendor's stands for. */
export const eventOfTelnyx = (eventType: string): string | null =>
  Object.entries(EVENTS).find(([, event]) => event.eventType === eventType)?.[0] ?? null;

/** `data` of a webhook; null for an event that the vendor has no words for. */
export function telnyxEvent(event: StoredEvent) {
  const known = EVENTS[event.type];
  if (known === undefined) return null;
  return {
    event_type: known.eventType,
    id: event.id,
    occurred_at: timeText(event.at),
    payload: known.payload(event),
    record_type: 'event' as const,
  };
}

/** Events as the vendor's SDK verifies them: Ed25519 over `timestamp|body` (seed-apis A.1.3). */
export const telnyxWebhookForm =
  (key: KeyObject): WebhookForm =>
  ({ event, attempt, url, atSeconds }) => {
    const data = telnyxEvent(event);
    if (data === null) return null;
    const body = JSON.stringify({ data, meta: { attempt, delivered_to: url } });
    const signature = sign(null, Buffer.from(`${atSeconds}|${body}`), key).toString('base64');
    return { body, headers: { 'telnyx-timestamp': String(atSeconds), 'telnyx-signature-ed25519': signature } };
  };
