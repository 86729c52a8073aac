import { parseArgs } from 'node:util';
import { fuzzSummary, runFuzz } from './run-fuzz.ts';

// npm run fuzz [-- --datagrams 1000000] [--seed 7]: mangled SIP and control frames; exit code 1 when anything broke or was left.
const { values } = parseArgs({ options: { datagrams: { type: 'string', default: '1000000' }, seed: { type: 'string' } } });
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const total = Number(values.datagrams);
const from = performance.now();
console.log(`fuzz seed ${seed}`);
let stopped = false;
// Who interrupts it still gets the summary of what has been sent.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stopped = true;
  });
}
const result = await runFuzz(total, seed, (done) => {
  if (done % 50_000 !== 0) return !stopped;
  const { heapUsed } = process.memoryUsage();
  console.log(`${done} of ${total}, ${Math.round((performance.now() - from) / 1000)} s, heap ${Math.round(heapUsed / 1e6)} MB`);
  return !stopped;
});
for (const crash of result.crashes.slice(0, 20)) console.log(crash);
console.log(fuzzSummary(result));
process.exit(result.crashes.length + result.left === 0 ? 0 : 1);
