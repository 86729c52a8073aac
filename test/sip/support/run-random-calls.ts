/**
 * `npm run simulate-agents [-- --hours n] [--rate calls/s] [--speed n] [--seed n]`: hours of random calls through agents, engine and Redis
 * whose timers run `speed` times as fast as the clock; exit code 1 when something is left or a record is not whole.
 */
import { parseArgs } from 'node:util';
import { runRandomCalls } from './random-calls.ts';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values } = parseArgs({ options: { hours: text('8'), rate: text('0.5'), speed: text('50'), seed: { type: 'string' } } });
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
const [hours, rate, speed] = [Number(values.hours), Number(values.rate), Number(values.speed)];
console.log(
  `seed ${seed}: ${hours} h at ${rate} calls/s, ${speed} times as fast as the clock: ${Math.round((hours * 60) / speed)} minutes`,
);
const rests = await runRandomCalls({
  ...{ seed, hours, rate, speed },
  rested: ({ calls, outcomes, left, listeners, wrongRecords, order }) =>
    console.log(
      `${calls} calls ${JSON.stringify(outcomes)}, left ${JSON.stringify(left)}, ${listeners} listeners, ${wrongRecords.length} records not whole, ${order.wrong.length} not as decided (${order.failedOver} failed over)`,
    ),
});
const last = rests.at(-1);
const wrong = [...(last?.wrongRecords ?? []), ...(last?.order.wrong ?? [])];
for (const line of wrong.slice(0, 20)) console.log(`  ${line}`);
const isClean = rests.every(({ left }) => Object.keys(left).length === 0) && last !== undefined && wrong.length === 0;
// What an hour leaves behind the next one doubles.
const grown = (last?.listeners ?? 0) - (rests[0]?.listeners ?? 0);
console.log(isClean && grown < 50 ? 'nothing is left' : 'something is left');
process.exit(isClean && grown < 50 ? 0 : 1);
