import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveUpBulkJob } from '../../../src/app/bulk-jobs/give-up-bulk-job.ts';
import { runBulkJob } from '../../../src/app/bulk-jobs/run-bulk-job.ts';
import type { UnitOfWork } from '../../../src/app/ports/store.ts';
import { writeSnapshots } from '../../../src/app/snapshots/write-snapshots.ts';
import { BULK_PENDING_MS_MAX } from '../../../src/domain/bulk-job.ts';
import type { Job } from '../../../src/domain/job.ts';
import { SNAPSHOT_PENDING_MS_MAX } from '../../../src/domain/snapshot.ts';
import { ok } from '../../../src/kit/result.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
let client: Telnyx;
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 10_000_000 });
  client = clientOf(mine.key);
});
afterAll(() => api.close());

const clientOf = (apiKey: string) => new Telnyx({ apiKey, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
const work = (more: { readonly unitOfWork?: UnitOfWork } = {}): Promise<number> =>
  api.runDue('bulk-jobs', { 'bulk-jobs': runBulkJob({ ...api.deps, ...more, partNumbers: 2, partMsMax: 10_000 }) });
const extIdOf = async (e164: string): Promise<string> =>
  (await api.sql('select ext_id::text as id from numbers where e164 = $1', [e164]))[0].id;
const buy = async (count: number, key = mine.key): Promise<string[]> => {
  const bought: string[] = [];
  for (let n = 0; n < count; n += 1) bought.push((await api.newNumber(key)).e164);
  return bought;
};
const auditsOf = async (jobId: string): Promise<{ action: string; actor: { kind: string } }[]> =>
  api.sql('select action, actor from audit where request_id = $1 order by at, id', [`bulk:${jobId}`]);

describe('a bulk job', () => {
  it('changes every number as the single operation would, tells how far it is, and each number that could not be had', async () => {
    const e164s = await buy(5);
    const created = await client.phoneNumbers.jobs.updateBatch({
      phone_numbers: e164s,
      tags: ['fleet'],
      customer_reference: 'REF',
      deletion_lock_enabled: true,
    });
    const id = created.data?.id ?? '';
    const named = await Promise.all(e164s.map(async (phone_number) => ({ id: await extIdOf(phone_number), phone_number })));
    expect(created.data).toEqual({
      id: expect.any(String),
      record_type: 'phone_numbers_job',
      type: 'update_phone_numbers',
      status: 'pending',
      created_at: expect.any(String),
      updated_at: created.data?.created_at,
      phone_numbers: named,
      pending_operations: named,
      successful_operations: [],
      failed_operations: [],
    });
    // One is gone before its turn.
    await api.call('DELETE', `/v2/phone_numbers/${named[3]?.id}`, { key: mine.key });
    expect(await work()).toBe(3);
    const done = await client.phoneNumbers.jobs.retrieve(id);
    expect(done.data).toMatchObject({ status: 'completed', pending_operations: [], successful_operations: named.toSpliced(3, 1) });
    expect(done.data?.failed_operations).toEqual([
      { ...named[3], errors: [expect.objectContaining({ code: '10005', title: expect.any(String) })] },
    ]);
    const number = (await client.phoneNumbers.retrieve(named[4]?.id ?? '')).data;
    expect(number).toMatchObject({ tags: ['fleet'], customer_reference: 'REF', deletion_lock_enabled: true });
    expect((await auditsOf(id)).map(({ action, actor }) => [action, actor.kind])).toEqual(Array(4).fill(['number.update', 'key']));

    // What is locked is not deleted; the others are.
    await client.phoneNumbers.update(named[0]?.id ?? '', { deletion_lock_enabled: false } as object);
    const ids = [named[0]?.id ?? '', named[1]?.id ?? ''];
    const removing = (await client.phoneNumbers.jobs.deleteBatch({ phone_numbers: ids })).data?.id ?? '';
    await work();
    const removed = (await client.phoneNumbers.jobs.retrieve(removing)).data;
    expect(removed).toMatchObject({ type: 'delete_phone_numbers', status: 'completed', successful_operations: [named[0]] });
    expect(removed?.failed_operations).toEqual([{ ...named[1], errors: [expect.objectContaining({ code: '10035' })] }]);
    expect((await auditsOf(removing)).map(({ action }) => action)).toEqual(['number.release']);

    const listed = [];
    for await (const job of client.phoneNumbers.jobs.list({ filter: { type: 'update_phone_numbers', status: ['completed'] } }))
      listed.push(job.id);
    expect(listed).toEqual([id]);
    const of = async (query: string): Promise<string[]> =>
      (await api.call('GET', `/v2/phone_numbers/jobs?${query}`, { key: mine.key })).body.data.map((job: { id: string }) => job.id);
    expect(await of('sort=created_at')).toEqual([id, removing]);
    expect(await of(`filter[phone_number]=${named[0]?.phone_number}&filter[type]=delete_phone_numbers`)).toEqual([removing]);
    expect(await of('filter[status]=pending')).toEqual([]);
  });

  it('invariant 14: goes on after a crash at any commit without doing a number twice', async () => {
    const e164s = await buy(4);
    const id = (await client.phoneNumbers.jobs.updateBatch({ phone_numbers: e164s, tags: ['once'] })).data?.id ?? '';
    // Every second commit is the last that this process would have seen: it has happened, and nobody hears of it.
    let commits = 0;
    const dying: UnitOfWork = {
      read: (given) => api.deps.unitOfWork.read(given),
      look: (given) => api.deps.unitOfWork.look(given),
      async change(stamp, given) {
        const done = await api.deps.unitOfWork.change(stamp, given);
        commits += 1;
        if (commits % 2 === 0) throw new Error('killed');
        return done;
      },
    };
    for (let died = 0; died < 12; died += 1) {
      await work({ unitOfWork: dying });
      api.clock.advance(600_000);
    }
    await work();
    expect((await client.phoneNumbers.jobs.retrieve(id)).data).toMatchObject({ status: 'completed', failed_operations: [] });
    expect(commits).toBeGreaterThan(3);
    expect(await auditsOf(id)).toHaveLength(4);
    const [counted] = await api.sql('select succeeded_count, failed_count from bulk_jobs where id = $1', [id]);
    expect(counted).toEqual({ succeeded_count: 4, failed_count: 0 });
  });

  it('is not done for an account that is disabled, and goes on by itself when it is not', async () => {
    const holder = await api.newAccount();
    const e164s = await buy(1, holder.key);
    const id = (await clientOf(holder.key).phoneNumbers.jobs.deleteBatch({ phone_numbers: e164s })).data?.id ?? '';
    const setStatus = (status: string) => api.admin('PATCH', `/accounts/${holder.account.id}`, { body: { status } });
    expect((await setStatus('disabled')).status).toBe(200);
    await work();
    const [job] = await api.sql("select id, state, error from jobs where queue = 'bulk-jobs' and key = $1", [id]);
    expect(job).toMatchObject({ state: 'queued', error: null });
    expect(await auditsOf(id)).toEqual([]);
    await setStatus('active');
    api.clock.advance(60_000);
    await work();
    expect((await clientOf(holder.key).phoneNumbers.jobs.retrieve(id)).data).toMatchObject({ status: 'completed', failed_operations: [] });
  });

  it('that is given up has failed for the numbers that are left, and its place is free', async () => {
    const e164s = await buy(3);
    const id = (await client.phoneNumbers.jobs.updateBatch({ phone_numbers: e164s, tags: ['lost'] })).data?.id ?? '';
    const giveUp = giveUpBulkJob(api.clock);
    const job = { queue: 'bulk-jobs', key: id } as Job;
    await api.deps.unitOfWork.change({ kind: 'system', id: 'job', accountId: null, requestId: id, ip: null }, async (tx) =>
      ok(await giveUp(tx, job)),
    );
    const given = (await client.phoneNumbers.jobs.retrieve(id)).data;
    expect(given).toMatchObject({ status: 'failed', pending_operations: [], successful_operations: [] });
    expect(given?.failed_operations).toHaveLength(3);
    const [counted] = await api.sql('select succeeded_count, failed_count from bulk_jobs where id = $1', [id]);
    expect(counted).toEqual({ succeeded_count: 0, failed_count: 3 });
  });

  it('is refused for what is not the asker’s, for bad fields, and when too many are under way; a retry with the key is the same job', async () => {
    const [own = ''] = await buy(1);
    const stranger = await api.newAccount();
    const [foreign = ''] = await buy(1, stranger.key);
    const update = (body: object, query = '', key = mine.key) =>
      api.call('POST', `/v2/phone_numbers/jobs/update_phone_numbers${query}`, { key, body });
    const bad: readonly (readonly [object, string, string])[] = [
      [{ phone_numbers: [own, foreign], tags: [] }, 'You must own every number in the bulk request', '/phone_numbers'],
      [{ phone_numbers: [own, '+442079999999'], tags: [] }, 'You must own every number in the bulk request', '/phone_numbers'],
      [{ phone_numbers: [await extIdOf(foreign)], tags: [] }, 'You must own every number in the bulk request', '/phone_numbers'],
      [{ phone_numbers: ['x'], tags: [] }, 'You must own every number in the bulk request', '/phone_numbers'],
      [{ phone_numbers: [], tags: [] }, 'You must provide at least 1 phone number.', '/phone_numbers'],
      [
        { phone_numbers: Array.from({ length: 1001 }, (_, n) => String(n)), tags: [] },
        '1000 numbers is the maximum allowed.',
        '/phone_numbers',
      ],
      [{ tags: [] }, 'must be present', '/phone_numbers'],
      [
        { phone_numbers: [own, await extIdOf(own)], tags: [] },
        'You must specify either all phone numbers in the e164 format or all as phone number ids',
        '/phone_numbers',
      ],
      [{ phone_numbers: [own], hd_voice_enabled: true }, 'hd_voice_enabled is not in this product and cannot be set.', '/hd_voice_enabled'],
      [
        { phone_numbers: [own], voice: { tech_prefix_enabled: true } },
        'tech_prefix_enabled is not in this product and cannot be set.',
        '/voice/tech_prefix_enabled',
      ],
    ];
    for (const [body, detail, pointer] of bad) {
      const { status, body: answer } = await update(body);
      expect([status, answer.errors[0].code, answer.errors[0].detail, answer.errors[0].source.pointer]).toEqual([
        422,
        '10015',
        detail,
        pointer,
      ]);
    }
    expect(errorsOf(await update({ phone_numbers: [own] }))).toEqual([['10004', '/']]);
    expect(errorsOf(await update({ phone_numbers: [own], connection_id: '1' }))).toEqual([['85004', '/connection_id']]);
    const theirs = await clientOf(stranger.key).ipConnections.create({ connection_name: 'Theirs' });
    expect(errorsOf(await update({ phone_numbers: [own], connection_id: theirs.data?.id }))).toEqual([['85004', '/connection_id']]);
    expect(errorsOf(await update({ tags: [] }, '?filter[nope]=1'))).toEqual([['10031', 'filter[nope]']]);

    const group = (await client.ipConnections.create({ connection_name: 'Mine' })).data?.id ?? '';
    const matching = await update({ connection_id: group }, `?filter[phone_number]=${encodeURIComponent(own)}`);
    expect([matching.status, matching.body.data.phone_numbers.length]).toEqual([202, 1]);
    await work();
    expect((await client.phoneNumbers.retrieve(await extIdOf(own))).data?.connection_id).toBe(group);
    expect((await api.call('GET', `/v2/phone_numbers/jobs/${matching.body.data.id}`, { key: stranger.key })).status).toBe(404);

    const headers = { 'Idempotency-Key': 'bulk-1' };
    const body = { phone_numbers: [foreign], tags: ['a'] };
    const once = () => api.call('POST', '/v2/phone_numbers/jobs/update_phone_numbers', { key: stranger.key, body, headers });
    const first = await once();
    expect((await once()).body.data.id).toBe(first.body.data.id);
    for (let n = 0; n < 19; n += 1) expect((await update(body, '', stranger.key)).status).toBe(202);
    const refused = await update(body, '', stranger.key);
    expect([refused.status, errorsOf(refused), refused.body.errors[0].detail]).toEqual([
      422,
      [['10015', '/base']],
      'You can have at most 20 pending or in progress jobs',
    ]);
    // What nobody worked on for a day is over, and is not done any more.
    api.clock.advance(BULK_PENDING_MS_MAX);
    await work();
    expect((await clientOf(stranger.key).phoneNumbers.jobs.retrieve(first.body.data.id)).data).toMatchObject({ status: 'expired' });
    expect((await clientOf(stranger.key).phoneNumbers.retrieve(await extIdOf(foreign))).data?.tags).toEqual([]);
    expect((await update(body, '', stranger.key)).status).toBe(202);
  });
});

describe('a CSV download of numbers', () => {
  it('is written part by part, read as CSV by its owner until it expires, and of what its filters say', async () => {
    const holder = await api.newAccount();
    const e164s = await buy(3, holder.key);
    const sdk = clientOf(holder.key);
    await api.admin('POST', '/requirements', { body: { country: 'QX', type: 'local', name: 'Name', field_type: 'textual' } });
    const waiting = await api.newStock({ country: 'QX' });
    await placeOrder(api, holder.key, waiting.e164);
    e164s.push(waiting.e164);
    await sdk.phoneNumbers.update(await extIdOf(e164s[1] ?? ''), { customer_reference: '=cmd|"x",1', tags: ['a', 'b'] });
    const [asked] = (await sdk.phoneNumbers.csvDownloads.create()).data ?? [];
    expect(asked).toEqual({ id: expect.any(String), record_type: 'csv_download', status: 'pending' });
    const [some] = (await sdk.phoneNumbers.csvDownloads.create({ filter: { tag: 'a' } })).data ?? [];
    await api.runDue('reports', { reports: writeSnapshots({ clock: api.clock, partRows: 2, rowsMax: 100, keepMs: 60_000 }) });
    const [written] = (await sdk.phoneNumbers.csvDownloads.retrieve(asked?.id ?? '')).data ?? [];
    expect(written).toEqual({ ...asked, status: 'complete', url: `/v2/phone_numbers/csv_downloads/${asked?.id}/download` });
    const file = await api.call('GET', written?.url ?? '', { key: holder.key });
    const [head, ...lines] = file.text.split('\r\n').slice(0, -1);
    expect(head?.startsWith('id,phone_number,country_iso_alpha2,phone_number_type,status,connection_id')).toBe(true);
    expect(lines.map((line) => line.split(',')[1])).toEqual(e164s);
    expect(lines.map((line) => line.split(',')[4])).toEqual(['active', 'active', 'active', 'requirement-info-pending']);
    expect(lines[1]).toContain(`a;b,"'=cmd|""x"",1"`);
    const filtered = await api.call('GET', `/v2/phone_numbers/csv_downloads/${some?.id}/download`, { key: holder.key });
    expect(filtered.text.split('\r\n')).toHaveLength(3);
    const ids = [];
    for await (const each of sdk.phoneNumbers.csvDownloads.list()) ids.push(each.id);
    expect(ids).toEqual([some?.id, asked?.id]);
    expect((await api.call('GET', written?.url ?? '', { key: mine.key })).status).toBe(404);
    api.clock.advance(60_000);
    expect((await api.call('GET', written?.url ?? '', { key: holder.key })).status).toBe(410);
    api.clock.advance(SNAPSHOT_PENDING_MS_MAX);
    await api.runDue('reports', { reports: writeSnapshots({ clock: api.clock, partRows: 2, rowsMax: 100, keepMs: 60_000 }) });
    expect((await kept(asked?.id ?? '')).parts).toBe(0);
  });

  it('leaves nothing behind when the job that wrote it was given up', async () => {
    const holder = await api.newAccount();
    await buy(3, holder.key);
    const [asked] = (await clientOf(holder.key).phoneNumbers.csvDownloads.create()).data ?? [];
    const writing = writeSnapshots({ clock: api.clock, partRows: 2, rowsMax: 100, keepMs: 86_400_000 });
    // Its first part is there when it comes to nothing.
    const broken: typeof writing = async (payload, job) =>
      job.progress === null ? writing(payload, job) : { kind: 'refused', code: 'broken' };
    await api.runDue('reports', { reports: broken });
    expect(await kept(asked?.id ?? '')).toEqual({ status: 'pending', rows_count: 2, parts: 1 });
    api.clock.advance(SNAPSHOT_PENDING_MS_MAX);
    await api.runDue('reports', { reports: writing });
    expect(await kept(asked?.id ?? '')).toEqual({ status: 'failed', rows_count: 0, parts: 0 });
  });

  const kept = async (id: string) =>
    (
      await api.sql(
        `select status, rows_count, (select count(*) from number_download_parts where download_id = $1) as parts
           from number_downloads where id = $1`,
        [id],
      )
    )[0];
});
