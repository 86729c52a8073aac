/**
 * `npm run simulate [-- --hours n] [--rate calls/s] [--seed n]`: random calls through two engines on an accelerated clock and a network
 * that loses, doubles, delays and fails; exit code 1 when a rule was broken, something is left, or memory grows.
 */
import { parseArgs } from 'node:util';
import { playLong } from './long-run.ts';

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '8' }, rate: { type: 'string', default: '2' }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 30) : Number(values.seed);
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
console.log(`seed ${seed}: ${values.hours} h at ${values.rate} calls/s`);
const started = performance.now();
const { calls, messages, faults, samples } = await playLong({
  seed,
  hours: Number(values.hours),
  rate: Number(values.rate),
  hour: (one) =>
    console.log(`hour ${one.hour}: ${one.calls} calls, ${one.messages} messages, ${one.open} open, heap ${megabytes(one.heapBytes)} MB`),
});
const took = Math.round((performance.now() - started) / 1000);
// The first hour fills what is kept of calls; from then on it is the same.
const [first, last] = [samples[0]?.heapBytes ?? 0, samples.at(-1)?.heapBytes ?? 0];
const grown = last - first;
console.log(
  `${calls} calls, ${messages} messages in ${took} s; heap after the first hour ${megabytes(first)} MB, at the end ${megabytes(last)} MB`,
);
for (const fault of faults) console.log(`  ${fault}`);
console.log(faults.length === 0 ? 'nothing is left, no rule was broken' : `${faults.length} faults`);
process.exit(faults.length === 0 && grown < Math.max(8 * 1024 * 1024, first / 4) ? 0 : 1);
