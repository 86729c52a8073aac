import { expect, it } from 'vitest';
import type { ReceivedReply, SipServer } from '../../src/sip/sip-stack.ts';
import type { NextHop } from '../../src/sip/targets.ts';
import { askInTurn } from '../../src/sip/watched-gateways.ts';

const hopAt = (port: number): NextHop => ({ ip: '192.0.2.1', port, transport: 'udp' });
const gateway = { gatewayId: 'g', trunkGroupId: 't', uri: 'sip:gw.test', terms: {} };
const reply = (status: number): ReceivedReply => ({ status, reason: '', body: '', header: () => undefined });

/** Asks addresses that answer these; null: they do not. */
async function ask(answers: readonly (number | null)[], { forbidden = [] as readonly number[], lostAt = -1 } = {}) {
  const [asked, failed, answered] = [[] as number[], [] as number[], [] as number[]];
  const server = { connected: true };
  const found = await askInTurn(
    gateway,
    server as SipServer,
    {
      resolver: {
        resolve: async () => null,
        resolveAll: async () => answers.map((_, index) => hopAt(index)),
        failed: ({ port }) => void failed.push(port),
        answered: ({ port }) => void answered.push(port),
      },
      guard: { refusalOf: async (_who, { port }) => (forbidden.includes(port) ? 'own_address' : null) },
    },
    async ({ port }) => {
      asked.push(port);
      if (port === lostAt) server.connected = false;
      const status = answers[port] ?? null;
      return status === null ? null : reply(status);
    },
  );
  return [found?.status ?? null, asked, failed, answered];
}

it.each([
  ['the first that answers has the word', [404, 200], {}, [404, [0], [], [0]]],
  ['silence and 503 go on, and come last for a while', [null, 503, 200], {}, [200, [0, 1, 2], [0, 1], [2]]],
  ['where nobody has service, 503 is the answer', [503, null], {}, [503, [0, 1], [0, 1], []]],
  ['four of a name are enough', [null, null, null, null, 200], {}, [null, [0, 1, 2, 3], [0, 1, 2, 3], []]],
  ['what nobody may send to is left out', [200, 200], { forbidden: [0] }, [200, [1], [], [1]]],
  ['a connection of ours that breaks says nothing', [null, 200], { lostAt: 0 }, [null, [0], [], []]],
])('between calls a gateway is asked at the addresses of its name in turn: %s (RFC 3263 §4.3)', async (_what, answers, more, outcome) => {
  expect(await ask(answers, more)).toEqual(outcome);
});
