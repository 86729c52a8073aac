import Telnyx from 'telnyx';
import type { Requirements } from './platform.ts';

/** An application written for the vendor: the official SDK, told another base URL. */
export const buyerOf = (url: string, key: string): Telnyx =>
  new Telnyx({ apiKey: key, baseURL: `${url}/v2`, maxRetries: 0, timeout: 20_000 });

const PDF = Buffer.from('%PDF-1.7\n%%EOF\n').toString('base64');
const ADDRESS = {
  business_name: 'Acme GmbH',
  first_name: 'Ann',
  last_name: 'Lee',
  street_address: 'Hauptstr. 1',
  locality: 'Berlin',
  postal_code: '10115',
  country_code: 'DE',
};

/** An ordered number as the buyer sees it. */
export interface Ordered {
  readonly orderId: string;
  readonly subOrderId: string;
  readonly itemId: string;
}

/** `value` of something that must be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`the answer has no ${what}`);
  return value;
}

/** Searches for numbers of Berlin that end in `ending`: what was found first. */
export async function search(buyer: Telnyx, ending: string): Promise<string> {
  const filter = { country_code: 'DE', phone_number_type: 'local' as const, phone_number: { ends_with: ending } };
  const found = await buyer.availablePhoneNumbers.list({ filter });
  return present(found.data?.[0]?.phone_number, 'number');
}

/** Orders a number. */
export async function order(buyer: Telnyx, e164: string, reference: string) {
  const created = await buyer.numberOrders.create({ phone_numbers: [{ phone_number: e164 }], customer_reference: reference });
  const data = present(created.data, 'data');
  const [item] = present(data.phone_numbers, 'phone_numbers');
  const ordered: Ordered = {
    orderId: present(data.id, 'id'),
    subOrderId: present(data.sub_number_orders_ids?.[0], 'sub order'),
    itemId: present(item?.id, 'ordered number'),
  };
  return { ordered, data, item };
}

/** Uploads a document; its id. */
export async function upload(buyer: Telnyx, filename: string): Promise<string> {
  return present((await buyer.documents.uploadJson({ document: { file: PDF, filename } })).data?.id, 'document');
}

/** A text, an address and a document: all that the order needs. */
export async function valuesFor(buyer: Telnyx, needs: Requirements) {
  return [
    { requirement_id: needs.tax, field_value: '123456789' },
    { requirement_id: needs.address, field_value: present((await buyer.addresses.create(ADDRESS)).data?.id, 'address') },
    { requirement_id: needs.proof, field_value: await upload(buyer, 'proof.pdf') },
  ];
}

/** Has the events of orders sent to a receiver. */
export async function listenTo(buyer: Telnyx, url: string): Promise<void> {
  const profileId = present((await buyer.notificationProfiles.create({ name: 'Orders' })).data?.id, 'profile');
  await buyer.notificationChannels.create({
    channel_type_id: 'webhook',
    channel_destination: url,
    notification_profile_id: profileId,
  });
  const [condition] = (await buyer.notificationEventConditions.list()).data;
  await buyer.notificationSettings.create({
    notification_event_condition_id: present(condition?.id, 'condition'),
    notification_profile_id: profileId,
  });
}
