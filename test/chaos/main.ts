import { parseArgs } from 'node:util';
import { compileProgram } from '../support/program.ts';
import { runChaos } from './chaos.ts';
import { reportText } from './report.ts';
import { FAULT_KINDS, type FaultKind } from './schedule.ts';
import { writePage } from './write-page.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
  },
});

const only = values.only?.split(',') as FaultKind[] | undefined;
const unknown = only?.find((kind) => !FAULT_KINDS.includes(kind));
if (unknown !== undefined) {
  console.error(`no fault ${unknown}; there are ${FAULT_KINDS.join(', ')}`);
  process.exit(2);
}

compileProgram();
const abort = new AbortController();
// The second one does not wait: whatever was started watches over us and ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (abort.signal.aborted ? process.exit(130) : abort.abort()));

const report = await runChaos({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  ...(only === undefined ? {} : { only }),
  signal: abort.signal,
  say: (line) => console.error(line),
});
if (values.page) writePage(report);
console.log(values.json ? JSON.stringify(report, null, 2) : reportText(report));
process.exit(report.broken.length > 0 || abort.signal.aborted ? 1 : 0);
