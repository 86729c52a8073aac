import { expect, it } from 'vitest';
import { SrfReceived } from '../../src/sip/srf-received.ts';

it.each([
  ['udp', 'udp'],
  ['tcp', 'tcp'],
  ['tls', 'tls'],
  ['ws', 'ws'],
  ['wss', 'wss'],
  ['sctp', 'tcp'],
])('a request that came by %s says %s', (protocol, transport) => {
  const request = {
    method: 'REGISTER',
    uri: 'sip:a.test',
    source_address: '192.0.2.1',
    source_port: 5060,
    protocol,
    has: () => false,
    get: () => '',
    headers: {},
  };
  expect(new SrfReceived({} as never, request as never, {} as never).transport).toBe(transport);
});
