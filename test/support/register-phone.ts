import { loginMark } from '../../src/domain/binding.ts';
import { recordRef } from '../../src/domain/records.ts';
import type { ApiHarness } from './api-harness.ts';

/** Registers a phone with a login of the harness, as an agent does after the right digest. */
export async function registerPhone(api: Pick<ApiHarness, 'deps' | 'records'>, realm: string, username: string): Promise<void> {
  const credential = recordRef.credential(realm, username);
  const found = (await api.records.read([credential])).get(credential);
  if (found?.record?.kind !== 'credential') throw new Error(`no login ${credential}`);
  const source = { ip: '192.0.2.7', port: 40_000, transport: 'udp' } as const;
  const way = { server: '127.0.0.1:9022', source, viaSource: true, path: [], userAgent: 'Desk phone' };
  const contact = { key: 'desk', contact: `sip:${username}@10.0.0.7:5060`, q: 500, expiresSeconds: 600, ...way };
  const order = { callId: 'desk', cseq: 1, nonce: null, contactsMax: 10 };
  const request = { credential, version: found.version, login: loginMark(found.record), ...order };
  const { result } = await api.deps.bindings.register({ ...request, ask: 'update', contacts: [contact] });
  if (result !== 'ok') throw new Error(`not registered: ${result}`);
}
