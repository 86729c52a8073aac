import type { ApiHarness, TestAccount } from './api-harness.ts';

/** A receiver that nobody asks: deliveries are made, and no worker runs. */
export const HOOK = 'https://hooks.example.com/dialplane';

/** A delivery that failed, of an account of its own; to a webhook of the account's format. */
export async function aDelivery(api: ApiHarness, owner?: TestAccount, format: 'standard' | 'ed25519' = 'standard'): Promise<string> {
  const { account, key } = owner ?? (await api.newAccount());
  const secret = format === 'standard' ? 'sealed' : null;
  const [webhook] = await api.sql(
    `insert into webhooks (id, account_id, mode, format, url, event_types, secret_sealed, version, created_at, updated_at)
     values (gen_random_uuid(), $1, 'live', $2, $3, '{order.completed}', $4, 1, now(), now()) returning id`,
    [account.id, format, HOOK, secret],
  );
  await api.newNumber(key);
  const [delivery] = await api.sql(
    `update webhook_deliveries set state = 'failed', next_at = null, attempts = 1, started_at = created_at, finished_at = created_at
      where webhook_id = $1 returning id`,
    [webhook.id],
  );
  return delivery.id;
}

/** A notification channel of the account's, and the body that made it. */
export async function aChannel(api: ApiHarness, { key }: TestAccount) {
  const profile = await api.call('POST', '/v2/notification_profiles', { key, body: { name: 'Mine' } });
  const body = { channel_type_id: 'webhook', channel_destination: HOOK, notification_profile_id: profile.body.data.id as string };
  const channel = await api.call('POST', '/v2/notification_channels', { key, body });
  return { body, id: channel.body.data.id as string };
}

/** The body of a notification setting that is not there yet. */
export async function aSetting(api: ApiHarness, account: TestAccount) {
  const { id } = await aChannel(api, account);
  const conditions = await api.call('GET', '/v2/notification_event_conditions', { key: account.key });
  return { notification_event_condition_id: conditions.body.data[0].id as string, notification_channel_id: id };
}
