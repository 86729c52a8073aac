import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const create = (body: object) =>
  api.admin('POST', '/requirements', { body: { country: 'DE', type: 'local', field_type: 'textual', ...body } });

describe('201', () => {
  it('adds a row to the catalogue, with its rules and one audit row', async () => {
    const acceptance = { min_length: 2, max_length: 9, acceptable_values: ['ab', 'cd'], case_sensitive: false, regex: '[a-z]{2}' };
    const told = { description: 'Given by the tax office.', example: 'ab' };
    const answer = await create({ country: 'fr', name: 'Tax number', ...told, acceptance });
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/admin/v1/requirements/${id}`);
    expect(answer.body).toEqual({
      id,
      country: 'FR',
      type: 'local',
      name: 'Tax number',
      ...told,
      field_type: 'textual',
      acceptance,
      created_at: expect.stringMatching(/Z$/),
    });
    expect((await api.admin('GET', `/requirements/${id}`)).body).toEqual(answer.body);
    expect(await api.actions(`requirement:${id}`)).toEqual(['requirement.create']);
  });

  it('without rules has none', async () => {
    for (const more of [{}, { acceptance: null }, { acceptance: {} }]) {
      const { body } = await create({ name: newId(), ...more });
      const none = { min_length: null, max_length: null, acceptable_values: null, case_sensitive: true, regex: null };
      expect(body.acceptance).toEqual(none);
    }
  });

  it('is listed by country and type', async () => {
    const { id } = (await create({ country: 'ES', type: 'mobile', name: 'Address', field_type: 'address' })).body;
    const ids = async (query: string) => (await api.admin('GET', `/requirements?${query}`)).body.data.map((row: { id: string }) => row.id);
    expect(await ids('country=es')).toEqual([id]);
    expect(await ids('country=ES&type=local')).toEqual([]);
    expect(await ids('type=mobile')).toEqual([id]);
  });
});

describe('refused', () => {
  it.each([
    [{ name: '' }, '/name'],
    [{ name: 'x', country: 'DEU' }, '/country'],
    [{ name: 'x', type: 'fixed' }, '/type'],
    [{ name: 'x', field_type: 'action' }, '/field_type'],
    [{ name: 'x', unknown: 1 }, '/unknown'],
    [{ name: 'x', acceptance: { regex: '(a+)+b' } }, '/acceptance/regex'],
    [{ name: 'x', acceptance: { regex: 'a|b' } }, '/acceptance/regex'],
    [{ name: 'x', acceptance: { min_length: 3, max_length: 2 } }, '/acceptance/max_length'],
    [{ name: 'x', acceptance: { acceptable_values: [] } }, '/acceptance/acceptable_values'],
    [{ name: 'x', field_type: 'document', acceptance: { min_length: 1 } }, '/acceptance'],
  ])('%j: 422 at %s', async (body, pointer) => {
    const answer = await create(body);
    expect([answer.status, Object.keys(wrongFields(answer))]).toEqual([422, [pointer]]);
  });

  it('a name that the country and type have already', async () => {
    expect((await create({ name: 'Once' })).status).toBe(201);
    const again = await create({ name: 'ONCE' });
    expect([again.status, again.body.code]).toEqual([409, 'name_taken']);
    expect((await create({ name: 'Once', type: 'mobile' })).status).toBe(201);
  });
});
