import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Face } from '../../../src/http/face.ts';
import { isMounted, MOUNTS } from '../../../src/http/mount-table.ts';
import type { AnyOperation } from '../../../src/http/operation.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer, ApiRequest } from '../../support/api-call.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { aChannel, aDelivery, aSetting, HOOK } from '../../support/webhook-samples.ts';
import { CONNECTION_BODIES, connectionChanges, connectionIds } from './connection-samples.ts';
import { NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
let other: TestAccount;
let requirementId: string;
let groupId: string;
beforeAll(async () => {
  api = await startTelnyxHarness();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  other = await api.newAccount({ creditMinor: 1_000_000 });
  requirementId = (await api.newRequirement({ country: 'DE', acceptance: { ...NO_RULES, minLength: 2 } })).id;
  groupId = await aGroup(mine);
});
afterAll(() => api.close());

const face = (): Face => api.faces.find(({ name }) => name === 'telnyx') as Face;
const place = async ({ key }: TestAccount, country = 'DE') => {
  const stock = await api.newStock({ country });
  const answer = await api.call('POST', '/number_orders', { key, body: { phone_numbers: [{ phone_number: stock.e164 }] } });
  return { ...answer.body.data, stock };
};
const offered = () => ({ regulatory_requirements: [{ requirement_id: requirementId, field_value: 'yes' }] });

const aGroup = async ({ key }: TestAccount): Promise<string> => {
  const body = { country_code: 'DE', phone_number_type: 'local', action: 'ordering', ...offered() };
  return (await api.call('POST', '/v2/requirement_groups', { key, body })).body.id;
};
const ADDRESS = { business_name: 'Acme', street_address: 'Hauptstr. 1', locality: 'Berlin', postal_code: '10115', country_code: 'DE' };
const FILE = { file: Buffer.from('%PDF-1.7').toString('base64') };

/** A resource of `account` for each kind that a path may name. */
const idOf: Readonly<Record<string, (account: TestAccount) => Promise<string>>> = {
  order: async (account) => (await place(account)).id,
  sub_order: async (account) => (await place(account)).sub_number_orders_ids[0],
  comment: async (account) => {
    const body = { comment_record_type: 'sub_number_order', comment_record_id: await idOf.sub_order?.(account), body: 'Hello.' };
    return (await api.call('POST', '/comments', { key: account.key, body })).body.data.id;
  },
  report: async ({ key }) => (await api.call('POST', '/sub_number_orders_report', { key, body: {} })).body.data.id,
  bulk_job: async (account) => {
    const body = { phone_numbers: [await idOf.number?.(account)], tags: [] };
    return (await api.call('POST', '/v2/phone_numbers/jobs/update_phone_numbers', { key: account.key, body })).body.data.id;
  },
  number_download: async ({ key }) => (await api.call('POST', '/v2/phone_numbers/csv_downloads', { key })).body.data[0].id,
  requirement_group: aGroup,
  address: async ({ key }) => (await api.call('POST', '/v2/addresses', { key, body: ADDRESS })).body.data.id,
  document: async ({ key }) => (await api.call('POST', '/v2/documents', { key, body: FILE })).body.data.id,
  webhook: async (account) => (await aChannel(api, account)).id,
  webhook_group: async ({ key }) => (await api.call('POST', '/v2/notification_profiles', { key, body: { name: 'Mine' } })).body.data.id,
  webhook_subscription: async (account) =>
    (await api.call('POST', '/v2/notification_settings', { key: account.key, body: await aSetting(api, account) })).body.data.id,
  webhook_delivery: (account) => aDelivery(api, account, 'ed25519'),
  reservation: async ({ key }) => {
    const body = { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] };
    return (await api.call('POST', '/v2/number_reservations', { key, body })).body.data.id;
  },
  order_item: async (account) => (await place(account)).phone_numbers[0].id,
  number: async (account) => {
    const { stock } = await place(account, 'GB');
    return (await api.sql('select ext_id::text from numbers where id = $1', [stock.id]))[0].ext_id;
  },
};
const bodies: Readonly<Record<string, () => unknown>> = {
  updateNumberOrder: () => ({ customer_reference: newId(), ...offered() }),
  updateSubNumberOrder: offered,
  updateNumberOrderPhoneNumber: offered,
  updateRequirementGroup: () => ({ customer_reference: newId() }),
  updateSubNumberOrderRequirementGroup: () => ({ requirement_group_id: groupId }),
  updateNumberOrderPhoneNumberRequirementGroup: () => ({ requirement_group_id: groupId }),
  updateNotificationProfile: () => ({ name: newId() }),
  updateNotificationChannel: () => ({ channel_destination: `${HOOK}/${newId()}` }),
  updateDocument: () => ({ filename: newId() }),
  updatePhoneNumber: () => ({ customer_reference: newId() }),
  updatePhoneNumberVoice: () => ({}),
  ...CONNECTION_BODIES,
};
/** The same request again is another one of these, unless it has an `Idempotency-Key`. */
const MAKES_ANOTHER = new Set([
  'createRequirementGroup',
  'createAddress',
  'uploadDocument',
  'createComment',
  'createSubNumberOrdersReport',
  'createUpdatePhoneNumbersJob',
  'createDeletePhoneNumbersJob',
  'createCsvDownload',
  'extendNumberReservation',
  'createNotificationProfile',
  'createNotificationChannel',
  'createIpConnection',
  'createFqdnConnection',
  'createIp',
  'createFqdn',
  'createOutboundVoiceProfile',
  'createTelephonyCredential',
]);
/** They ask, or say what is so already, and change nothing. */
const CHANGES_NOTHING = new Set([
  'validateAddress',
  'updatePhoneNumberVoice',
  'checkRegistrationStatus',
  'updateInboundChannels',
  'verifyPhoneNumberOwnership',
  'createNumbersFeatures',
]);
/** Things of connections whose ids are integers. */
const INTEGER_IDS = ['trunk_group', 'trunk_address', 'trunk_uri', 'outbound_profile'];
const PARAMETER = /:[a-z_]+/;
const mountsOf = (operation: AnyOperation) => MOUNTS.filter((mount) => mount.face === 'telnyx' && isMounted(mount, operation.path));
const send = (operation: AnyOperation, at: string, id: string): Promise<ApiAnswer> => {
  const body = bodies[operation.operationId]?.();
  const request: ApiRequest = { key: mine.key, ...(body === undefined ? {} : { body }) };
  return api.call(operation.method, `${at}${operation.path.replace(PARAMETER, id)}`, request);
};
const seen = ({ status, text, headers }: ApiAnswer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});

describe('invariant 11', () => {
  it('invariant 11: a foreign id, an unknown one and none at all get byte-equal answers', async () => {
    // The catalogue of requirements is everybody's, and so is what a country is.
    const everybodys = ['requirement', 'country'];
    const taking = face().operations.filter(({ path, resource }) => PARAMETER.test(path) && !everybodys.includes(resource ?? ''));
    expect(taking.length).toBeGreaterThanOrEqual(8);
    for (const operation of taking) {
      const make = connectionIds(api)[operation.operationId] ?? idOf[operation.resource ?? ''];
      if (make === undefined) throw new Error(`${operation.operationId}: no sample of ${operation.resource}`);
      const unknownId = [...INTEGER_IDS, 'number', 'address'].includes(operation.resource ?? '') ? '2637816387126869999' : newId();
      const foreignId = await make(other);
      for (const { at } of mountsOf(operation)) {
        const unknown = await send(operation, at, unknownId);
        expect([operation.operationId, unknown.status, unknown.body.errors[0].code]).toEqual([operation.operationId, 404, '10005']);
        for (const id of [foreignId, 'malformed', '99999999999999999999'])
          expect(seen(await send(operation, at, id)), id).toEqual(seen(unknown));
      }
      // The comparison means something only where the owner gets another answer.
      const own = await send(operation, '/v2', await make(mine));
      // A report that nobody has written yet cannot be downloaded.
      expect(own.status, `${operation.operationId} ${own.text}`).toBe(
        ['report', 'number_download'].includes(operation.resource ?? '') && operation.path.endsWith('download') ? 422 : 200,
      );
    }
  });

  it("a sub-account's orders are its own and its parent's to see, and nobody's list but its own", async () => {
    const child = await api.newAccount({ parent: mine.account });
    const { id } = await place(child);
    expect((await api.call('GET', `/number_orders/${id}`, { key: mine.key })).status).toBe(200);
    const listed = await api.call('GET', '/number_orders?page[size]=250', { key: mine.key });
    expect(listed.body.data.map((each: { id: string }) => each.id)).not.toContain(id);
    const parents = await place(mine);
    expect((await api.call('GET', `/number_orders/${parents.id}`, { key: child.key })).status).toBe(404);
  });
});

describe('invariant 13', () => {
  it('invariant 13: every changing operation writes exactly one audit row, and its repetition none', async () => {
    const changing: Readonly<Record<string, () => Promise<[string, unknown?]>>> = {
      ...connectionChanges(api, mine),
      createNumberOrder: async () => ['/number_orders', { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] }],
      createSubNumberOrdersReport: async () => ['/sub_number_orders_report', {}],
      createUpdatePhoneNumbersJob: async () => [
        '/v2/phone_numbers/jobs/update_phone_numbers',
        { phone_numbers: [await idOf.number?.(mine)], tags: ['a'] },
      ],
      createDeletePhoneNumbersJob: async () => [
        '/v2/phone_numbers/jobs/delete_phone_numbers',
        { phone_numbers: [await idOf.number?.(mine)] },
      ],
      createCsvDownload: async () => ['/v2/phone_numbers/csv_downloads'],
      createNumberReservation: async () => ['/v2/number_reservations', { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] }],
      extendNumberReservation: async () => [`/v2/number_reservations/${await idOf.reservation?.(mine)}/actions/extend`],
      updatePhoneNumber: async () => [`/v2/phone_numbers/${await idOf.number?.(mine)}`, { customer_reference: 'new' }],
      deletePhoneNumber: async () => [`/v2/phone_numbers/${await idOf.number?.(mine)}`],
      createComment: async () => [
        '/comments',
        { comment_record_type: 'sub_number_order', comment_record_id: await idOf.sub_order?.(mine), body: 'Hello.' },
      ],
      markCommentRead: async () => [`/comments/${await idOf.comment?.(mine)}/read`],
      updateNumberOrder: async () => [`/number_orders/${(await place(mine)).id}`, { ...offered(), customer_reference: 'new' }],
      updateSubNumberOrder: async () => [`/sub_number_orders/${await idOf.sub_order?.(mine)}`, offered()],
      updateNumberOrderPhoneNumber: async () => [`/number_order_phone_numbers/${await idOf.order_item?.(mine)}`, offered()],
      createRequirementGroup: async () => [
        '/v2/requirement_groups',
        { country_code: 'DE', phone_number_type: 'local', action: 'ordering', ...offered() },
      ],
      createNotificationProfile: async () => ['/v2/notification_profiles', { name: 'Mine' }],
      updateNotificationProfile: async () => [`/v2/notification_profiles/${await idOf.webhook_group?.(mine)}`, { name: 'Other' }],
      deleteNotificationProfile: async () => [`/v2/notification_profiles/${await idOf.webhook_group?.(mine)}`],
      createNotificationChannel: async () => ['/v2/notification_channels', (await aChannel(api, mine)).body],
      updateNotificationChannel: async () => [
        `/v2/notification_channels/${await idOf.webhook?.(mine)}`,
        { channel_destination: `${HOOK}/other` },
      ],
      deleteNotificationChannel: async () => [`/v2/notification_channels/${await idOf.webhook?.(mine)}`],
      createNotificationSetting: async () => ['/v2/notification_settings', await aSetting(api, mine)],
      deleteNotificationSetting: async () => [`/v2/notification_settings/${await idOf.webhook_subscription?.(mine)}`],
      updateRequirementGroup: async () => [`/v2/requirement_groups/${await aGroup(mine)}`, { customer_reference: 'new' }],
      deleteRequirementGroup: async () => [`/v2/requirement_groups/${await aGroup(mine)}`],
      submitRequirementGroup: async () => [`/v2/requirement_groups/${await aGroup(mine)}/submit_for_approval`],
      updateSubNumberOrderRequirementGroup: async () => [
        `/sub_number_orders/${await idOf.sub_order?.(mine)}/requirement_group`,
        { requirement_group_id: groupId },
      ],
      updateNumberOrderPhoneNumberRequirementGroup: async () => [
        `/number_order_phone_numbers/${await idOf.order_item?.(mine)}/requirement_group`,
        { requirement_group_id: groupId },
      ],
      createAddress: async () => ['/v2/addresses', ADDRESS],
      deleteAddress: async () => [`/v2/addresses/${await idOf.address?.(mine)}`],
      uploadDocument: async () => ['/v2/documents', FILE],
      updateDocument: async () => [`/v2/documents/${await idOf.document?.(mine)}`, { filename: 'new.pdf' }],
      deleteDocument: async () => [`/v2/documents/${await idOf.document?.(mine)}`],
      cancelSubNumberOrder: async () => [`/sub_number_orders/${await idOf.sub_order?.(mine)}/cancel`],
    };
    // An answer that shows a password leaves the row of a reading besides, also where nothing changed (decision C13).
    const count = async (): Promise<number> =>
      (await api.sql("select count(*) as n from audit where action <> 'sip_credential.read'"))[0].n;
    for (const operation of face().operations.filter(
      ({ changes, method, operationId }) => !CHANGES_NOTHING.has(operationId) && (changes || method !== 'GET'),
    )) {
      const make = changing[operation.operationId];
      if (make === undefined) throw new Error(`${operation.operationId}: no sample`);
      const [path, body] = await make();
      const before = await count();
      const answer = await api.call(operation.method, path, { key: mine.key, ...(body ? { body } : {}) });
      expect(answer.status, answer.text).toBeLessThan(300);
      expect(answer.headers.get('dialplane-propagation')).toBe('applied');
      expect(await count(), operation.operationId).toBe(before + 1);
      if (MAKES_ANOTHER.has(operation.operationId)) continue;
      await api.call(operation.method, path, { key: mine.key, ...(body ? { body } : {}) });
      expect(await count(), operation.operationId).toBe(before + 1);
    }
  });
});

describe('invariant 7', () => {
  type Step = readonly ['order', number, boolean] | readonly ['buy' | 'offer' | 'cancel' | 'release', number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant('order' as const), fc.nat(3), fc.boolean()) },
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom('buy' as const, 'offer' as const, 'cancel' as const, 'release' as const), fc.nat(9)) },
  );

  it('invariant 7: the ledger sums to the balance, every hold has a pending item, every active live number one capture', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), fc.integer({ min: 0, max: 3000 }), async (steps, creditMinor) => {
        const { account, key } = await api.newAccount({ creditMinor });
        const orders: string[] = [];
        const numbers: string[] = [];
        const pick = <T>(list: readonly T[], index: number): T | undefined => list[index % Math.max(1, list.length)];
        const act = async (each: Step): Promise<void> => {
          const [kind, index] = each;
          if (kind === 'order' || kind === 'buy') {
            const country = kind === 'order' && each[2] ? 'DE' : 'GB';
            const stock = await Promise.all(
              Array.from({ length: kind === 'order' ? index + 1 : 1 }, () =>
                api.newStock({ country, setupFeeMinor: index === 0 ? 0 : 100 }),
              ),
            );
            numbers.push(...stock.map(({ id }) => id));
            const body = { phone_numbers: stock.map(({ e164 }) => ({ phone_number: e164 })) };
            if (kind === 'buy') await api.call('POST', '/phone-numbers', { key, body: { inventory_id: stock[0]?.id } });
            else orders.push((await api.call('POST', '/number_orders', { key, body })).body.data?.id ?? newId());
          } else if (kind === 'offer') await api.call('PATCH', `/number_orders/${pick(orders, index)}`, { key, body: offered() });
          else if (kind === 'release') await api.call('DELETE', `/phone-numbers/${pick(numbers, index) ?? newId()}`, { key });
          else {
            const [sub] = await api.sql('select id from sub_number_orders where order_id = $1', [pick(orders, index) ?? newId()]);
            if (sub !== undefined) await api.call('PATCH', `/sub_number_orders/${sub.id}/cancel`, { key });
          }
        };
        // In pairs at a time: what races must not lose money either.
        for (let at = 0; at < steps.length; at += 2) await Promise.all(steps.slice(at, at + 2).map(act));
        await checkMoney(account.id, creditMinor);
      }),
      { numRuns: 20 },
    );
    // The histories were worth it.
    const kinds = await api.sql('select kind, count(*) as n from ledger_transactions group by kind order by kind');
    expect(kinds.filter(({ n }) => n >= 3).map(({ kind }) => kind)).toEqual(['capture', 'credit', 'hold', 'hold_release', 'purchase']);
  });

  async function checkMoney(accountId: string, creditMinor: number): Promise<void> {
    const [sums] = await api.sql(
      `select coalesce(sum(amount_minor) filter (where book = 'wallet'), 0)::int as wallet,
              coalesce(sum(amount_minor) filter (where book = 'held'), 0)::int as held,
              coalesce(sum(amount_minor) filter (where book = 'promised'), 0)::int as promised,
              coalesce(sum(amount_minor) filter (where book = 'revenue'), 0)::int as revenue
         from ledger_entries where account_id = $1`,
      [accountId],
    );
    expect(await api.money(accountId)).toEqual({ wallet: sums.wallet, held: sums.held });
    expect(sums.wallet + sums.revenue).toBe(creditMinor);
    expect(sums.promised).toBe(sums.held === 0 ? 0 : -sums.held);
    expect(sums.wallet - sums.held).toBeGreaterThanOrEqual(0);
    const [waiting] = await api.sql(
      `select coalesce(sum(i.charge_minor), 0)::int as held from order_items i join number_orders o on o.id = i.order_id
        where o.owner_account_id = $1 and i.status = 'pending'`,
      [accountId],
    );
    expect(waiting.held).toBe(sums.held);
    const holds = await api.sql(
      `select h.id from ledger_transactions h left join order_items i on i.hold_transaction_id = h.id
        where h.account_id = $1 and h.kind = 'hold' and i.id is null`,
      [accountId],
    );
    expect(holds).toEqual([]);
    // One capture for each time that a number came into its holder's hands; it is in them now.
    const active = await api.sql(
      `select n.id, (select count(*) from ledger_transactions t where t.number_id = n.id and t.kind in ('purchase', 'capture')) as captures,
              (select count(*) from order_items i where i.number_id = n.id and i.status = 'success') as items
         from numbers n where n.owner_account_id = $1 and n.lifecycle = 'active'`,
      [accountId],
    );
    expect(active.filter(({ captures, items }) => captures !== 1 || items !== 1)).toEqual([]);
    const pending = await api.sql(
      `select n.id from numbers n where n.owner_account_id = $1 and n.lifecycle = 'pending'
        and not exists (select 1 from order_items i where i.number_id = n.id and i.status = 'pending')`,
      [accountId],
    );
    expect(pending).toEqual([]);
  }

  it('is held by the database too: no hold is forgotten, no item settled twice', async () => {
    const order = await place(mine);
    const [item] = await api.sql('select id, hold_transaction_id as hold from order_items where order_id = $1', [order.id]);
    await expect(api.sql("update order_items set status = 'cancelled' where id = $1", [item.id])).rejects.toThrow('check constraint');
    await expect(api.sql('update order_items set settle_transaction_id = $2 where id = $1', [item.id, item.hold])).rejects.toThrow(
      'check constraint',
    );
  });
});
