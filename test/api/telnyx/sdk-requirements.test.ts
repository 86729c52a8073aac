import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetDocuments } from '../../../src/app/documents/forget-documents.ts';
import type { Requirement } from '../../../src/domain/requirement.ts';
import { adminFace } from '../../../src/http/admin/admin-face.ts';
import { PLATFORM_KEY, type TestAccount } from '../../support/api-harness.ts';
import { countries, NO_RULES, startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

/** One-pixel files, as far as their first bytes go. */
const PDF = Buffer.from('%PDF-1.7\n%%EOF\n');
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

let api: TelnyxHarness;
let mine: TestAccount;
let other: TestAccount;
let client: Telnyx;
let stranger: Telnyx;
const country = countries();
const sdkOf = (account: TestAccount) => new Telnyx({ apiKey: account.key, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
beforeAll(async () => {
  api = await startTelnyxHarness(
    { groupCountries: ['CH'], documentBytesMax: 4096, documentsBytesMax: 1_000_000, documentTransfersMax: 2, documentWaitMs: 500 },
    // What reviews work with is all there; the rest is never asked.
    { moreFaces: (deps) => [adminFace({ ...deps, groupValidMs: 86_400_000 } as unknown as Parameters<typeof adminFace>[0])] },
  );
  mine = await api.newAccount({ creditMinor: 100_000 });
  other = await api.newAccount({ creditMinor: 100_000 });
  client = sdkOf(mine);
  stranger = sdkOf(other);
});
afterAll(() => api.close());

const review = async (id: string, verdict: 'approve' | 'decline', body: object = {}) => {
  const answer = await api.call('POST', `/admin/v1/reviews/${id}/${verdict}`, { key: PLATFORM_KEY, body });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const waiting = async (): Promise<{ id: string; kind: string; waiting: number }[]> =>
  (await api.call('GET', `/admin/v1/reviews?account_id=${mine.account.id}`, { key: PLATFORM_KEY })).body.data;
const refused = async (work: Promise<unknown>): Promise<[number, string, string | undefined]> => {
  const error = (await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )) as { status: number; error: { errors: { code: string; source?: { pointer?: string } }[] } };
  const [first] = error.error.errors;
  return [error.status, first?.code ?? '', first?.source?.pointer];
};
const ADDRESS = {
  business_name: 'Acme GmbH',
  first_name: 'Ann',
  last_name: 'Lee',
  street_address: 'Hauptstr. 1',
  locality: 'Berlin',
  postal_code: '10115',
  country_code: 'DE',
};
const newAddress = async (by = client): Promise<string> => (await by.addresses.create(ADDRESS)).data?.id ?? '';
const newDocument = async (by = client): Promise<string> =>
  (await by.documents.uploadJson({ document: { file: PDF.toString('base64'), filename: 'proof.pdf' } })).data?.id ?? '';

/** As the worker does. */
const forgetAll = async (): Promise<void> => {
  while (await forgetDocuments(api.deps));
};

/** A tax number that a rule approves, an address, and a proof: a country of its own. */
async function regulated(at = country()) {
  const tax = await api.newRequirement({
    country: at,
    description: 'Of the tax office.',
    example: '123456789',
    acceptance: { ...NO_RULES, pattern: '\\d{9}', maxLength: 9 },
  });
  const address = await api.newRequirement({ country: at, name: 'Address', fieldType: 'address' });
  const proof = await api.newRequirement({ country: at, name: 'Proof', fieldType: 'document' });
  return { at, tax, address, proof };
}
const valuesOf = async ({ tax, address, proof }: { tax: Requirement; address: Requirement; proof: Requirement }) => [
  { requirement_id: tax.id, field_value: '123456789' },
  { requirement_id: address.id, field_value: await newAddress() },
  { requirement_id: proof.id, field_value: await newDocument() },
];
const orderOf = async (at: string, groupId?: string) => {
  const stock = await api.newStock({ country: at });
  const number = { phone_number: stock.e164, ...(groupId === undefined ? {} : { requirement_group_id: groupId }) };
  const { data } = await client.numberOrders.create({ phone_numbers: [number] });
  return { stock, id: data?.id ?? '', subId: data?.sub_number_orders_ids?.[0] ?? '', item: data?.phone_numbers?.[0], data };
};

describe('the catalogue through the official SDK', () => {
  it('shows types, requirements, and what numbers and groups need', async () => {
    const { at, tax, address, proof } = await regulated();
    const types = await client.requirementTypes.list({ filter: { name: { contains: 'PROO' } }, sort: ['name', '-created_at'] });
    expect(types.data?.map(({ id, type }) => [id, type])).toContainEqual([proof.id, 'document']);
    expect((await client.requirementTypes.retrieve(tax.id)).data).toMatchObject({
      id: tax.id,
      name: 'Tax number',
      type: 'textual',
      description: 'Of the tax office.',
      example: '123456789',
      acceptance_criteria: { max_length: 9 },
    });
    const [set] = (await client.requirements.list({ filter: { country_code: at, action: 'ordering' } })).data ?? [];
    expect(set).toMatchObject({ country_code: at, phone_number_type: 'local', action: 'ordering', version: 3 });
    expect(set?.requirement_types?.map(({ id }) => id)).toEqual([tax.id, address.id, proof.id]);
    expect((await client.requirements.retrieve(set?.id ?? '')).data).toEqual(set);
    expect((await client.requirements.list({ filter: { action: 'porting' } })).data).toEqual([]);
    for (const path of ['requirements', 'requirement_types']) {
      const [unknown, malformed] = await Promise.all(
        ['12ade33a-21c0-473b-b055-b3c836e1c292', 'x'].map((id) => api.call('GET', `/v2/${path}/${id}`, { key: mine.key })),
      );
      expect([unknown?.status, unknown?.body.errors[0].code]).toEqual([404, '10005']);
      expect(malformed?.text).toBe(unknown?.text);
    }
    const group = await client.requirementGroups.create({ country_code: at, phone_number_type: 'local', action: 'ordering' });
    const number = await api.newStock({ country: at });
    for (const filter of [
      { country_code: at, phone_number_type: 'local' as const },
      { requirement_group_id: group.id ?? '' },
      { phone_number: number.e164 },
    ]) {
      const { data } = await client.regulatoryRequirements.retrieve({ filter });
      expect(data?.map((each) => each.regulatory_requirements?.map(({ id }) => id))).toEqual([[tax.id, address.id, proof.id]]);
      expect(data?.[0]?.regulatory_requirements?.[0]?.acceptance_criteria).toEqual({ regex: '\\d{9}', max_length: '9' });
    }
    // Of others there is nothing to learn.
    expect((await stranger.regulatoryRequirements.retrieve({ filter: { requirement_group_id: group.id ?? '' } })).data).toEqual([]);
    const unknown = '+442079990001';
    const byNumber = await client.phoneNumbersRegulatoryRequirements.retrieve({
      filter: { phone_number: `${unknown},${number.e164}` },
    });
    expect(byNumber.data?.map((each) => each.phone_number)).toEqual([number.e164]);
    expect(byNumber.data?.[0]?.regulatory_requirements?.map(({ label }) => label)).toEqual(['Tax number', 'Address', 'Proof']);
    await api.newNumber(other.key, { e164: '+442079990002' });
    const foreign = await client.phoneNumbersRegulatoryRequirements.retrieve({ filter: { phone_number: '+442079990002' } });
    expect(foreign.data).toEqual([]);
  });
});

describe('a requirement group', () => {
  it('lives from its making to its approval, its expiry and its end', async () => {
    const needs = await regulated();
    const body = { country_code: needs.at, phone_number_type: 'local', action: 'ordering', customer_reference: 'REF' } as const;
    const created = await client.requirementGroups.create(body);
    const id = created.id ?? '';
    expect(created).toMatchObject({ record_type: 'requirement_group', status: 'unapproved', customer_reference: 'REF' });
    expect((created as { data?: unknown }).data).toMatchObject({ id });
    expect(await refused(client.requirementGroups.submitForApproval(id))).toEqual([422, '10027', undefined]);
    const values = await valuesOf(needs);
    const filled = await client.requirementGroups.update(id, { regulatory_requirements: values });
    expect(filled.regulatory_requirements?.map((each) => each.field_value)).toEqual(values.map((each) => each.field_value));
    expect((await client.requirementGroups.submitForApproval(id)).status).toBe('pending-approval');
    expect(await refused(client.requirementGroups.submitForApproval(id))).toEqual([422, '10027', undefined]);
    const other = [{ requirement_id: needs.tax.id, field_value: '987654321' }];
    expect(await refused(client.requirementGroups.update(id, { regulatory_requirements: other }))).toEqual([422, '10027', undefined]);
    expect((await client.requirementGroups.update(id, { customer_reference: 'NEW' })).customer_reference).toBe('NEW');

    expect(await waiting()).toContainEqual(expect.objectContaining({ id, kind: 'requirement_group', waiting: 3 }));
    expect((await review(id, 'decline', { reason: 'The proof is too old.' })).status).toBe('declined');
    expect((await waiting()).map((each) => each.id)).not.toContain(id);
    const said = await client.comments.list({ filter: { comment_record_type: 'requirement_group', comment_record_id: id } });
    expect(said.data?.map((each) => (each as { body?: string }).body)).toEqual(['The proof is too old.']);
    expect((await client.documents.retrieve(values[2]?.field_value ?? '')).data?.status).toBe('denied');
    expect((await client.requirementGroups.update(id, { regulatory_requirements: other })).status).toBe('unapproved');
    await client.requirementGroups.submitForApproval(id);
    expect((await review(id, 'approve')).status).toBe('approved');
    const approved = await client.requirementGroups.list({ filter: { status: 'approved', country_code: needs.at } });
    expect(approved.map((each) => [each.id, each.status, each.regulatory_requirements?.[0]?.status])).toEqual([
      [id, 'approved', 'approved'],
    ]);
    api.clock.advance(86_400_001);
    expect((await client.requirementGroups.retrieve(id)).status).toBe('expired');
    expect((await client.requirementGroups.list({ filter: { status: 'approved', country_code: needs.at } })).length).toBe(0);
    const stock = await api.newStock({ country: needs.at });
    const asked = { phone_numbers: [{ phone_number: stock.e164, requirement_group_id: id }] };
    expect(await refused(client.numberOrders.create(asked))).toEqual([422, '10015', '/phone_numbers/0/requirement_group_id']);
    expect((await client.requirementGroups.delete(id)).id).toBe(id);
    await expect(client.requirementGroups.retrieve(id)).rejects.toBeInstanceOf(Telnyx.NotFoundError);
  });

  it('takes only what its country needs, in its form, and of its holder', async () => {
    const { at, tax, address, proof } = await regulated();
    const tries = [
      [{ requirement_id: '12ade33a-21c0-473b-b055-b3c836e1c292', field_value: 'x' }, '10015', 'requirement_id'],
      [{ requirement_id: tax.id, field_value: 'letters' }, '10015', 'field_value'],
      [{ requirement_id: tax.id }, '10004', 'field_value'],
      [{ requirement_id: address.id, field_value: '2791538576658099999' }, '10017', 'field_value'],
      [{ requirement_id: address.id, field_value: await newAddress(stranger) }, '10017', 'field_value'],
      [{ requirement_id: proof.id, field_value: await newDocument(stranger) }, '10017', 'field_value'],
    ] as const;
    for (const [value, code, field] of tries) {
      const body = { country_code: at, phone_number_type: 'local', action: 'ordering' } as const;
      expect(await refused(client.requirementGroups.create({ ...body, regulatory_requirements: [value] }))).toEqual([
        422,
        code,
        `/regulatory_requirements/0/${field}`,
      ]);
    }
    const porting = { country_code: at, phone_number_type: 'local', action: 'porting' } as const;
    expect(await refused(client.requirementGroups.create(porting))).toEqual([422, '10015', '/action']);
    expect(await client.requirementGroups.list({ filter: { country_code: at } })).toEqual([]);
  });
});

describe('an order', () => {
  it('with an approved group is active at once; with another usable one it waits for a review', async () => {
    const needs = await regulated();
    const body = { country_code: needs.at, phone_number_type: 'local', action: 'ordering' } as const;
    const group = await client.requirementGroups.create({ ...body, regulatory_requirements: await valuesOf(needs) });
    const id = group.id ?? '';
    const before = await api.money(mine.account.id);
    const waits = await orderOf(needs.at, id);
    expect(waits.item).toMatchObject({ status: 'pending', requirements_status: 'requirement-info-under-review' });
    expect(waits.item).not.toHaveProperty('deadline');
    expect(await api.money(mine.account.id)).toEqual({ wallet: before.wallet, held: before.held + 300 });
    await client.requirementGroups.submitForApproval(id);
    await review(id, 'approve');
    // An order does not follow its group.
    expect((await client.numberOrders.retrieve(waits.id)).data?.status).toBe('pending');
    const active = await orderOf(needs.at, id);
    expect(active.data).toMatchObject({ status: 'success', requirements_met: true });
    expect(await api.money(mine.account.id)).toEqual({ wallet: before.wallet - 300, held: before.held + 300 });

    expect(await waiting()).toContainEqual(expect.objectContaining({ id: waits.subId, kind: 'sub_order', waiting: 2 }));
    const judged = await review(waits.subId, 'approve');
    expect(judged).toMatchObject({ kind: 'sub_order', status: 'done' });
    expect((await client.numberOrders.retrieve(waits.id)).data).toMatchObject({ status: 'success', requirements_met: true });
    expect(await api.money(mine.account.id)).toEqual({ wallet: before.wallet - 600, held: before.held });
    expect(await api.sql('select 1 from sip_credentials where number_id = $1', [waits.stock.id])).toHaveLength(1);
    const again = await api.call('POST', `/admin/v1/reviews/${waits.subId}/approve`, { key: PLATFORM_KEY, body: {} });
    expect([again.status, again.body.code]).toEqual([409, 'wrong_state']);
    const satisfied = client.subNumberOrders.updateRequirementGroup(waits.subId, { requirement_group_id: id });
    expect(await refused(satisfied)).toEqual([422, '85003', undefined]);
  });

  it('goes through values, a decline with its reason and a new deadline, a new value, and approval number by number', async () => {
    const needs = await regulated();
    const order = await orderOf(needs.at);
    const itemId = order.item?.id ?? '';
    const values = await valuesOf(needs);
    const given = await client.subNumberOrders.update(order.subId, { regulatory_requirements: values });
    expect(given.data).toMatchObject({ status: 'pending', requirements_met: false });
    api.clock.advance(60_000);
    await review(itemId, 'decline', { reason: 'This is no proof.', requirement_ids: [needs.proof.id] });
    const item = (await client.numberOrderPhoneNumbers.retrieve(itemId)).data;
    expect(item).toMatchObject({ status: 'pending', requirements_status: 'requirement-info-exception' });
    expect(Date.parse(item?.deadline ?? '') - api.clock.now()).toBeGreaterThan(29 * 86_400_000);
    const said = await client.comments.list({ filter: { comment_record_type: 'sub_number_order', comment_record_id: order.subId } });
    expect(said.data?.map((each) => (each as { body?: string }).body)).toEqual(['This is no proof.']);
    const better = { requirement_id: needs.proof.id, field_value: await newDocument() };
    const corrected = await client.numberOrderPhoneNumbers.updateRequirements(itemId, { regulatory_requirements: [better] });
    expect(corrected.data).toMatchObject({ requirements_status: 'requirement-info-under-review' });
    expect(corrected.data).not.toHaveProperty('deadline');
    await review(itemId, 'approve', { requirement_ids: [needs.proof.id] });
    const half = await api.call('GET', `/admin/v1/reviews/${itemId}`, { key: PLATFORM_KEY });
    expect(half.body.requirements.map(({ status }: { status: string }) => status)).toEqual(['approved', 'provided', 'approved']);
    expect((await client.numberOrders.retrieve(order.id)).data?.status).toBe('pending');
    await review(itemId, 'approve');
    expect((await client.numberOrders.retrieve(order.id)).data?.status).toBe('success');
    const rows = await api.sql('select action, reason, before, after from audit where resource = $1 order by at, id', [
      `order:${order.id}`,
    ]);
    expect(rows.map(({ action, reason }) => [action, reason])).toEqual([
      ['order.create', null],
      ['order.update', null],
      ['order.declined', 'This is no proof.'],
      ['order.update', null],
      ['order.approved', null],
      ['order.approved', null],
    ]);
    expect(rows.at(-1).before.items[0].status).toBe('pending');
    expect(rows.at(-1).after.items[0].status).toBe('success');
  });

  it('is approved as the reviewer saw it: a value given since then is a 412, and a document nobody judged stays as it was', async () => {
    const needs = await regulated();
    const stocks = [await api.newStock({ country: needs.at }), await api.newStock({ country: needs.at })];
    const { data } = await client.numberOrders.create({ phone_numbers: stocks.map(({ e164 }) => ({ phone_number: e164 })) });
    const subId = data?.sub_number_orders_ids?.[0] ?? '';
    const [gone, kept] = (data?.phone_numbers ?? []).map(({ id }) => id ?? '');
    const unjudged = await newDocument();
    const give = (itemId: string | undefined, values: { requirement_id: string; field_value: string }[]) =>
      client.numberOrderPhoneNumbers.updateRequirements(itemId ?? '', { regulatory_requirements: values });
    await give(gone, [{ requirement_id: needs.proof.id, field_value: unjudged }]);
    await give(kept, await valuesOf(needs));
    await api.call('DELETE', `/phone-numbers/${stocks[0]?.id}`, { key: mine.key });
    const path = `/admin/v1/reviews/${subId}`;
    const seen = await api.call('GET', path, { key: PLATFORM_KEY });
    expect(seen.headers.get('etag')).toBe(`"${seen.body.version}"`);
    await give(kept, [{ requirement_id: needs.proof.id, field_value: await newDocument() }]);
    const approve = (etag: string | null) =>
      api.call('POST', `${path}/approve`, { key: PLATFORM_KEY, body: {}, headers: { 'If-Match': etag ?? '' } });
    expect((await approve(seen.headers.get('etag'))).status).toBe(412);
    const now = await api.call('GET', path, { key: PLATFORM_KEY });
    const done = await approve(now.headers.get('etag'));
    expect([done.status, done.headers.get('etag')]).toEqual([200, `"${done.body.version}"`]);
    expect((await client.documents.retrieve(unjudged)).data?.status).toBe('pending');
    const group = await client.requirementGroups.create({
      country_code: needs.at,
      phone_number_type: 'local',
      action: 'ordering',
      regulatory_requirements: await valuesOf(needs),
    });
    await client.requirementGroups.submitForApproval(group.id ?? '');
    const groupPath = `/admin/v1/reviews/${group.id}/decline`;
    const body = { reason: 'No.' };
    for (const [etag, status] of [
      ['"1"', 412],
      [(await api.call('GET', `/admin/v1/reviews/${group.id}`, { key: PLATFORM_KEY })).headers.get('etag') ?? '', 200],
    ] as const)
      expect((await api.call('POST', groupPath, { key: PLATFORM_KEY, body, headers: { 'If-Match': etag } })).status).toBe(status);
  });

  it('is approved once, whoever reviews at the same time', async () => {
    const needs = await regulated();
    const order = await orderOf(needs.at);
    await client.subNumberOrders.update(order.subId, { regulatory_requirements: await valuesOf(needs) });
    const approve = (id: string) => api.call('POST', `/admin/v1/reviews/${id}/approve`, { key: PLATFORM_KEY, body: {} });
    const answers = await Promise.all([order.subId, order.item?.id ?? '', order.subId, order.item?.id ?? ''].map(approve));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    const kinds = await api.sql('select kind from ledger_transactions where number_id = $1 order by id', [order.stock.id]);
    expect(kinds).toEqual([{ kind: 'hold' }, { kind: 'capture' }]);
  });

  it('takes a group later, for all of a sub-order or one number, and only a fitting one of its own', async () => {
    const needs = await regulated();
    const elsewhere = await regulated();
    const fitting = await client.requirementGroups.create({
      country_code: needs.at,
      phone_number_type: 'local',
      action: 'ordering',
      regulatory_requirements: await valuesOf(needs),
    });
    const misfit = await client.requirementGroups.create({ country_code: elsewhere.at, phone_number_type: 'local', action: 'ordering' });
    const foreign = await stranger.requirementGroups.create({ country_code: needs.at, phone_number_type: 'local', action: 'ordering' });
    const one = await orderOf(needs.at);
    const two = await orderOf(needs.at);
    const attach = (id: string | undefined) => client.subNumberOrders.updateRequirementGroup(one.subId, { requirement_group_id: id ?? '' });
    expect(await refused(attach(misfit.id))).toEqual([422, '10015', '/requirement_group_id']);
    expect(await refused(attach(foreign.id))).toEqual([422, '10017', '/requirement_group_id']);
    const sub = await attach(fitting.id);
    expect(sub.data).toMatchObject({ id: one.subId, record_type: 'sub_number_order', requirements_met: false });
    expect(sub.data?.phone_numbers).toMatchObject([
      {
        requirements_status: 'requirement-info-under-review',
        regulatory_requirements: [{ status: 'approved' }, { status: 'pending-approval' }, { status: 'pending-approval' }],
      },
    ]);
    const number = await client.numberOrderPhoneNumbers.updateRequirementGroup(two.item?.id ?? '', {
      requirement_group_id: fitting.id ?? '',
    });
    expect(number.data).toMatchObject({ id: two.item?.id, status: 'pending', requirements_status: 'requirement-info-under-review' });
    expect(number.data?.regulatory_requirements?.map((each) => (each as { status?: string }).status)).toEqual([
      'approved',
      'pending-approval',
      'pending-approval',
    ]);
    // What an order took from a group is the order's.
    await client.requirementGroups.delete(fitting.id ?? '');
    await review(one.subId, 'approve');
    expect((await client.numberOrders.retrieve(one.id)).data?.status).toBe('success');
  });

  it('of some countries needs a fulfilled group, and names the number that has none of its own', async () => {
    const needs = await regulated('CH');
    const stock = await api.newStock({ country: 'CH' });
    const body = { country_code: 'CH', phone_number_type: 'local', action: 'ordering' } as const;
    const empty = await client.requirementGroups.create(body);
    const foreign = await stranger.requirementGroups.create(body);
    const pointer = '/phone_numbers/0/requirement_group_id';
    const order = (id?: string) =>
      client.numberOrders.create({
        phone_numbers: [{ phone_number: stock.e164, ...(id === undefined ? {} : { requirement_group_id: id }) }],
      });
    expect(await refused(order())).toEqual([422, '10004', pointer]);
    expect(await refused(order(empty.id))).toEqual([422, '10015', pointer]);
    expect(await refused(order(foreign.id))).toEqual([422, '10017', pointer]);
    expect(await refused(order('none'))).toEqual([422, '10017', pointer]);
    await client.requirementGroups.update(empty.id ?? '', { regulatory_requirements: await valuesOf(needs) });
    expect((await order(empty.id)).data?.status).toBe('pending');
  });
});

describe('an address', () => {
  it('is created, read, listed, and deleted unless a requirement refers to it', async () => {
    const id = await newAddress();
    expect((await client.addresses.retrieve(id)).data).toMatchObject({ ...ADDRESS, id, record_type: 'address' });
    const listed = await client.addresses.list({ filter: { street_address: { contains: 'haupt' } }, sort: 'street_address' });
    expect(listed.data?.map((each) => each.id)).toContain(id);
    const needs = await regulated();
    const group = await client.requirementGroups.create({
      country_code: needs.at,
      phone_number_type: 'local',
      action: 'ordering',
      regulatory_requirements: [{ requirement_id: needs.address.id, field_value: id }],
    });
    expect(await refused(client.addresses.delete(id))).toEqual([422, '10021', undefined]);
    await client.requirementGroups.delete(group.id ?? '');
    expect((await client.addresses.delete(id)).data?.id).toBe(id);
    await expect(client.addresses.retrieve(id)).rejects.toBeInstanceOf(Telnyx.NotFoundError);
    await expect(stranger.addresses.retrieve(await newAddress())).rejects.toBeInstanceOf(Telnyx.NotFoundError);
  });

  it('that cannot be right is refused part by part, unless it shall be taken as it is', async () => {
    const wrong = { ...ADDRESS, country_code: 'US', postal_code: 'ABC' };
    const answer = await api.call('POST', '/v2/addresses', { key: mine.key, body: wrong });
    expect(answer.body.errors.map(({ code, source }: { code: string; source: object }) => [code, source])).toEqual([
      ['10015', { pointer: '/postal_code' }],
      ['10004', { pointer: '/administrative_area' }],
    ]);
    expect((await client.addresses.create({ ...wrong, validate_address: false })).data?.postal_code).toBe('ABC');
    const asked = { country_code: 'US', postal_code: 'ABC', street_address: 'Main St', administrative_area: 'TX' };
    expect((await client.addresses.actions.validate(asked)).data).toMatchObject({ result: 'invalid', errors: [{ code: '10015' }] });
    expect((await client.addresses.actions.validate({ ...asked, postal_code: '78701-1234' })).data?.result).toBe('valid');
    const nameless = { ...ADDRESS, business_name: '', first_name: 'Ann', last_name: '' };
    expect(await refused(client.addresses.create(nameless))).toEqual([422, '10004', '/business_name']);
  });
});

describe('a document', () => {
  it('comes as base64 or as a form, goes back byte for byte, and is what its first bytes say', async () => {
    const form = new FormData();
    form.set('file', new Blob([PNG], { type: 'text/html' }), 'pass "Ünïcode".png');
    form.set('customer_reference', 'MY REF');
    const answer = await fetch(`${api.url}/v2/documents`, { method: 'POST', headers: { Authorization: `Bearer ${mine.key}` }, body: form });
    expect(answer.status).toBe(200);
    const { data } = (await answer.json()) as { data: Record<string, unknown> & { id: string } };
    expect(data).toMatchObject({
      record_type: 'document',
      filename: 'pass "Ünïcode".png',
      content_type: 'image/png',
      customer_reference: 'MY REF',
      status: 'pending',
      av_scan_status: 'not_scanned',
      size: { amount: PNG.length, unit: 'bytes' },
    });
    const file = await client.documents.download(data.id);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(PNG);
    expect(file.headers.get('content-type')).toBe('image/png');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''pass%20/);
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    await expect(stranger.documents.download(data.id)).rejects.toBeInstanceOf(Telnyx.NotFoundError);
    const renamed = await client.documents.update(data.id, { filename: 'pass.png' });
    expect(renamed.data?.filename).toBe('pass.png');
    expect((await client.documents.list({ filter: { filename: { contains: 'PASS' } } })).data?.map(({ id }) => id)).toEqual([data.id]);
  });

  it.each([
    ['without content', {}, 422, '10004', '/file'],
    ['that is no base64', { file: 'not base64!' }, 422, '10015', '/file'],
    ['of another type', { file: Buffer.from('<script>').toString('base64') }, 422, '10015', '/file'],
    ['that lies elsewhere', { url: 'http://169.254.169.254/latest/meta-data' }, 422, '10015', '/url'],
    ['that is too large', { file: Buffer.concat([PDF, Buffer.alloc(4096)]).toString('base64') }, 413, '10015', undefined],
  ])('%s is refused', async (_, document, status, code, pointer) => {
    expect(await refused(client.documents.uploadJson({ document }))).toEqual([status, code, pointer]);
  });

  it('as a form that is none, or too large, is refused and does not break the connection', async () => {
    const send = async (body: Buffer, type: string) => {
      const headers = { Authorization: `Bearer ${mine.key}`, 'Content-Type': type };
      return (await fetch(`${api.url}/v2/documents`, { method: 'POST', headers, body: new Uint8Array(body) })).status;
    };
    const type = 'multipart/form-data; boundary=b0undary';
    const part = (name: string, size: number) =>
      `--b0undary\r\nContent-Disposition: form-data; name="${name}"; filename="a"\r\n\r\n${'x'.repeat(size)}\r\n`;
    expect(await send(Buffer.from('--b0undary'), type)).toBe(400);
    expect(await send(Buffer.from(PDF), 'multipart/form-data')).toBe(400);
    expect(await send(Buffer.from(`${part('file', 1).repeat(50)}--b0undary--\r\n`), type)).toBe(400);
    expect(await send(Buffer.from(`${part('other', 1)}--b0undary--\r\n`), type)).toBe(422);
    expect(await send(Buffer.from(`${part('other', 1)}--b0undary--\r\n`), 'multipart/form-data; boundary="b0undary"; charset=x')).toBe(422);
    // Headers that show one boundary to who counts the parts and another to who parses them.
    for (const two of ['x="; boundary=other"; boundary=b0undary', 'boundary="b0\\undary"']) {
      expect(await send(Buffer.from(`${part('file', 1).repeat(50)}--b0undary--\r\n`), `multipart/form-data; ${two}`)).toBe(400);
    }
    expect(await send(Buffer.from(`${part('file', 5000)}--b0undary--\r\n`), type)).toBe(413);
    expect(await send(Buffer.from(`${part('file', 500_000)}--b0undary--\r\n`), type)).toBe(413);
  });

  it('takes its turn: without one it is a 503 with a time, and who is slow keeps others out no more than the gone', async () => {
    const headers = ({ key }: TestAccount) => ({
      Authorization: `Bearer ${key}`,
      'Content-Type': 'multipart/form-data; boundary=b0undary',
    });
    const [head, tail] = ['--b0undary\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n', '\r\n--b0undary--\r\n'];
    const send = (by: TestAccount) =>
      fetch(`${api.url}/v2/documents`, { method: 'POST', headers: headers(by), body: `${head}${PDF.toString()}${tail}` });
    const statusOf = async (by: TestAccount) => (await send(by)).status;
    const begin = async () => {
      const upload = request(`${api.url}/v2/documents`, { method: 'POST', headers: headers(mine) });
      upload.on('error', () => {});
      upload.write(head);
      await expect.poll(() => statusOf(mine), { timeout: 10_000 }).toBe(503);
      return upload;
    };
    const id = await newDocument();
    const slow = await begin();
    const refusal = await send(mine);
    expect([refusal.status, refusal.headers.get('retry-after'), await statusOf(other)]).toEqual([503, '2', 200]);
    const download = () => api.call('GET', `/v2/documents/${id}/download`, { key: mine.key });
    expect((await download()).status).toBe(503);
    slow.end(`${PDF.toString()}${tail}`);
    const [answer] = (await once(slow, 'response')) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(200);
    expect([(await download()).status, await statusOf(mine)]).toEqual([200, 200]);
    const gone = await begin();
    gone.destroy();
    await expect.poll(() => statusOf(mine), { timeout: 10_000 }).toBe(200);
  });

  it('counts among its owner’s while it is there: a thousand of a holder, and so many bytes with all sub-accounts', async () => {
    const parent = await api.newAccount();
    const child = await api.newAccount({ parent: parent.account });
    const put = (count: number, sizeBytes: number, of: TestAccount, isLinked: boolean) =>
      api.sql(
        `insert into documents (id, mode, owner_account_id, sub_account_id, filename, content_type, status, size_bytes, sha256, content,
           linked_at, created_at, updated_at)
         select gen_random_uuid(), 'live', $1::uuid, $2::uuid, 'a.pdf', 'application/pdf', 'pending', $3::integer, ''::bytea, ''::bytea,
           $4::timestamptz, $5::timestamptz, $5::timestamptz
           from generate_series(1, $6::integer)`,
        [
          parent.account.id,
          of === parent ? null : of.account.id,
          sizeBytes,
          isLinked ? new Date(api.clock.now()).toISOString() : null,
          new Date(api.clock.now() - 30 * 60_000).toISOString(),
          count,
        ],
      );
    const [by, byChild] = [sdkOf(parent), sdkOf(child)];
    // Nothing refers to them, and their half hour is over.
    await put(1100, 1000, parent, false);
    const id = await newDocument(by);
    await put(1, 1_000_000 - 2 * PDF.length, child, true);
    await newDocument(byChild);
    for (const each of [by, byChild]) expect(await refused(newDocument(each))).toEqual([422, '10027', undefined]);
    await by.documents.delete(id);
    await newDocument(by);
    await put(998, 1, parent, true);
    await api.sql('update documents set size_bytes = 1 where owner_account_id = $1', [parent.account.id]);
    await newDocument(by);
    expect(await refused(newDocument(by))).toEqual([422, '10027', undefined]);
    await forgetAll();
    const [left] = await api.sql('select count(*) as n from documents where owner_account_id = $1', [parent.account.id]);
    expect(left).toEqual({ n: 1000 + 2 });
  });

  it('is never deleted by one who does not see that another refers to it', async () => {
    const needs = await regulated();
    const body = { country_code: needs.at, phone_number_type: 'local', action: 'ordering' } as const;
    for (let round = 0; round < 8; round += 1) {
      const id = await newDocument();
      const value = { requirement_id: needs.proof.id, field_value: id };
      const [deleted, used] = await Promise.allSettled([
        client.documents.delete(id),
        client.requirementGroups.create({ ...body, regulatory_requirements: [value] }),
      ]);
      expect([deleted.status, used.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('that nothing refers to is gone after half an hour; one that is referred to stays and cannot be deleted', async () => {
    const [lost, kept] = [await newDocument(), await newDocument()];
    const needs = await regulated();
    const group = await client.requirementGroups.create({
      country_code: needs.at,
      phone_number_type: 'local',
      action: 'ordering',
      regulatory_requirements: [{ requirement_id: needs.proof.id, field_value: kept }],
    });
    const links = await client.documentLinks.list({ filter: { linked_resource_id: group.id ?? '' } });
    expect(links.data).toMatchObject([{ document_id: kept, linked_record_type: 'requirement_group', linked_resource_id: group.id }]);
    expect(await refused(client.documents.delete(kept))).toEqual([422, '10021', undefined]);
    api.clock.advance(30 * 60_000);
    await expect(client.documents.retrieve(lost)).rejects.toBeInstanceOf(Telnyx.NotFoundError);
    const late = { requirement_id: needs.proof.id, field_value: lost };
    const update = client.requirementGroups.update(group.id ?? '', { regulatory_requirements: [late] });
    expect(await refused(update)).toEqual([422, '10017', '/regulatory_requirements/0/field_value']);
    await forgetAll();
    expect(await api.sql('select 1 from documents where id = $1', [lost])).toEqual([]);
    await client.requirementGroups.delete(group.id ?? '');
    expect((await client.documents.delete(kept)).data?.id).toBe(kept);
  });
});
