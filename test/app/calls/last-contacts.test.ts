import { expect, it } from 'vitest';
import { LastContacts } from '../../../src/app/calls/last-contacts.ts';
import type { Binding } from '../../../src/domain/binding.ts';
import { recordRef } from '../../../src/domain/records.ts';

const userOf = (username: string, login = 'mark') => ({ credential: recordRef.credential('sip.example', username), login });
const binding = (id: string, remainingMs: number): Binding => ({
  id,
  contact: `sip:${id}`,
  q: 1000,
  remainingMs,
  server: 's',
  source: { ip: '192.0.2.1', port: 1, transport: 'udp' },
  viaSource: true,
  path: [],
  userAgent: '',
});

it('a phone rings by what was last known of it, no longer than it registered for, and not for another password', () => {
  let now = 0;
  const last = new LastContacts(2, () => now);
  const alice = userOf('alice');
  last.note(alice, [binding('a', 1000), binding('b', 3000)]);
  const idsOf = (user = alice) =>
    last
      .of([user])
      .get(user.credential)
      ?.map(({ id, remainingMs }) => `${id} ${remainingMs}`);
  now = 999;
  expect(idsOf()).toEqual(['a 1', 'b 2001']);
  now = 1000;
  expect(idsOf()).toEqual(['b 2000']);
  expect(idsOf(userOf('alice', 'other'))).toBeUndefined();
  expect(idsOf(userOf('bob'))).toBeUndefined();
  last.note(alice, []);
  expect(idsOf()).toEqual([]);
});

it('what is kept is bounded: whoever was asked for longest ago goes first', () => {
  const last = new LastContacts(2, () => 0);
  for (const name of ['a', 'b', 'a', 'c']) last.note(userOf(name), [binding(name, 1)]);
  expect(['a', 'b', 'c'].map((name) => last.of([userOf(name)]).size)).toEqual([1, 0, 1]);
});
