import { expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { CarrierLogins } from '../../src/sip/carrier-logins.ts';
import { GatewayPings, type PingDeps } from '../../src/sip/ping-gateways.ts';
import { type CarrierRegisterDeps, CarrierRegistrations } from '../../src/sip/register-at-carriers.ts';
import type { SipServer } from '../../src/sip/sip-stack.ts';
import { until } from './support/call-stage.ts';

const hop = { ip: '192.0.2.1', port: 5060, transport: 'udp' } as const;
const watching = {
  resolver: { resolve: async () => hop, resolveAll: async () => [hop], failed: () => {}, answered: () => {} },
  guard: { refusalOf: async () => null },
};
const gateway = {
  ...{ gatewayId: 'g', trunkGroupId: 't', uri: 'sip:gw.test' },
  terms: { registerSeconds: 3600, login: { username: 'us', sealedPassword: 'x' }, health: { pingIntervalMs: 60_000 } },
};

/** SIP servers that note who was asked what, and say yes to it. */
function serversOf() {
  const asked: string[] = [];
  const server = (name: string, address = `udp/198.51.100.1:5060`): SipServer =>
    ({
      ...{ name, connected: true, addresses: [address] },
      ask: async ({ method }: { method: string }) => {
        asked.push(`${method} ${name} ${address}`);
        return { status: 200, reason: 'OK', body: '', header: () => undefined };
      },
    }) as unknown as SipServer;
  const heard = (count: number) =>
    until(
      () => `asked ${asked.join(', ')}`,
      () => asked.length === count,
    );
  return { asked, server, heard };
}

it('a registration moves with the SIP server that it was made through: another one, or the same at another address, registers at once', async () => {
  const { asked, server, heard } = serversOf();
  const logins = new CarrierLogins(() => '', silentLogger);
  const saved: string[] = [];
  const store = { saveRegistration: async ({ state }: { state: string }) => void saved.push(state) };
  const registrations = new CarrierRegistrations({ ...watching, logins, store, log: silentLogger } as CarrierRegisterDeps);
  const places = [
    server('one'),
    server('one'),
    server('two'),
    server('two', 'udp/198.51.100.9:5060'),
    server('two', 'udp/198.51.100.9:5060'),
  ];
  for (const [round, count] of [1, 1, 2, 3, 3].entries()) {
    registrations.round([gateway], places[round]!, 1000 + round);
    await heard(count);
    await until(
      () => 'it is saved',
      () => saved.length === count,
    );
  }
  expect(asked).toEqual(['REGISTER one udp/198.51.100.1:5060', 'REGISTER two udp/198.51.100.1:5060', 'REGISTER two udp/198.51.100.9:5060']);
});

it('pings go on from the next SIP server at once', async () => {
  const { asked, server, heard } = serversOf();
  const told: (number | null)[] = [];
  const health = { pinged: async (_gateway: unknown, _rules: unknown, status: number | null) => void told.push(status) };
  const pings = new GatewayPings({ ...watching, health } as unknown as PingDeps);
  for (const [round, [name, count]] of (
    [
      ['one', 1],
      ['one', 1],
      ['two', 2],
    ] as const
  ).entries()) {
    pings.round([gateway], server(name), 1000 + round);
    await heard(count);
    await until(
      () => 'it is told',
      () => told.length === count,
    );
  }
  expect(asked).toEqual(['OPTIONS one udp/198.51.100.1:5060', 'OPTIONS two udp/198.51.100.1:5060']);
});
