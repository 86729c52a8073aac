import { expect, it } from 'vitest';
import { playLong } from './simulation/long-run.ts';

/** `npm run simulate -- --hours 8` is the long form. */
it('a quarter of an hour of random calls between two engines that go on living leaves nothing behind', async () => {
  const seed = Number(process.env.LONG_RUN_SEED ?? Math.floor(Math.random() * 2 ** 30));
  console.log(`long run from LONG_RUN_SEED=${seed}`);
  const { calls, messages, faults } = await playLong({ seed, hours: 0.25, rate: 1 });
  expect(faults).toEqual([]);
  expect(calls).toBeGreaterThan(700);
  expect(messages).toBeGreaterThan(10 * calls);
});
