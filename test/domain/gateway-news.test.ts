import { expect, it } from 'vitest';
import { gatewayNews, type KnownGateway, NOTHING_KNOWN, type ToldGateway } from '../../src/domain/gateway-news.ts';

const known = (gatewayId: string, state: 'up' | 'down'): KnownGateway => ({ gatewayId, trunkGroupId: 't', state, since: 5, why: '503' });
const told = (gatewayId: string, state: 'up' | 'down', toldAt = 0): ToldGateway => ({ gatewayId, trunkGroupId: 't', state, toldAt });
const shown = (of: readonly KnownGateway[], before: readonly ToldGateway[], now = 100_000) => {
  const { news, waits } = gatewayNews(of, before, now, 30_000);
  return [news.map(({ gatewayId, state, why }) => `${gatewayId} ${state} ${why}`), waits];
};

it.each([
  ['nothing', [], [], [[], false]],
  ['up as ever', [known('a', 'up')], [], [[], false]],
  ['down for the first time', [known('a', 'down')], [], [['a down 503'], false]],
  ['down as told', [known('a', 'down')], [told('a', 'down')], [[], false]],
  ['up again', [known('a', 'up')], [told('a', 'down')], [['a up 503'], false]],
  ['down again', [known('a', 'down')], [told('a', 'up')], [['a down 503'], false]],
  ['changed again at once: it waits', [known('a', 'down'), known('b', 'down')], [told('a', 'up', 80_000)], [['b down 503'], true]],
  ['back to what was told meanwhile', [known('a', 'up')], [told('a', 'up', 80_000)], [[], false]],
  ['forgotten while it was down', [], [told('a', 'down'), told('b', 'up')], [[`a up ${NOTHING_KNOWN}`], false]],
] as const)('%s', (_name, of, before, expected) => {
  expect(shown(of, before)).toEqual(expected);
});

it('tells of a gateway that flaps all the time twice a minute, and of where it ends', () => {
  let last: ToldGateway[] = [];
  let count = 0;
  for (let now = 0; now < 600_000; now += 1000) {
    const state = now < 590_000 && (now / 1000) % 2 === 0 ? 'down' : 'up';
    for (const one of gatewayNews([known('a', state)], last, now, 30_000).news) {
      last = [told('a', one.state, now)];
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(10);
  expect(count).toBeLessThanOrEqual(20);
});
