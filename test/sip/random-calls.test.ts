import { expect, it } from 'vitest';
import { DRACHTIO_BIN } from '../support/drachtio-server.ts';
import { runRandomCalls } from './support/random-calls.ts';

/** `npm run simulate-agents -- --hours 8` is the long form. */
it.runIf(DRACHTIO_BIN === undefined)(
  'random calls of every end on fast timers: no call, dialog, transaction or lease is left, and every record is whole',
  async () => {
    const seed = Number(process.env.RANDOM_CALLS_SEED ?? Math.floor(Math.random() * 2 ** 30));
    console.log(`random calls from RANDOM_CALLS_SEED=${seed}`);
    const [rest] = await runRandomCalls({ seed, hours: 0.05, rate: 2 / 3, speed: 60 });
    expect([rest?.left, rest?.wrongRecords]).toEqual([{}, []]);
    // Invariant 9 on the wire: the decision stored with a call gives its attempts in their order.
    expect(rest?.order.wrong).toEqual([]);
    expect(rest?.order.failedOver).toBeGreaterThan(5);
    expect(rest?.calls).toBe(120);
    expect(Object.keys(rest?.outcomes ?? {}).sort()).toEqual(['cancelled', 'completed', 'failed']);
  },
);
