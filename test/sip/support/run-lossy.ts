/** `npm run lossy [-- --calls n] [--seed n] [--rate calls/s] [--t1 ms] [--json]`: calls through a lossy network; exit code 1 when one went wrong. */
import { parseArgs } from 'node:util';
import { runLossyCalls } from './lossy-calls.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '20' },
    t1: { type: 'string', default: '250' },
    json: { type: 'boolean', default: false },
  },
});
const LINES_MAX = 20;
const wanted = { calls: Number(values.calls), seed: Number(values.seed), rate: Number(values.rate), holdMs: 500, t1Ms: Number(values.t1) };
const report = await runLossyCalls(wanted, (line) => console.error(`lossy: ${line}`));
const { datagrams, left } = report;
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  console.log(`seed ${report.seed}: ${report.calls} calls, ${report.connected} connected and ended, ${report.records} records`);
  console.log(
    `datagrams: ${datagrams.forwarded} forwarded, ${datagrams.lost} lost, ${datagrams.duplicated} doubled, ${datagrams.reordered} reordered`,
  );
  console.log(`duration of a record off by at most ${Math.round(report.durationOffMsMax)} ms (T1 ${report.t1Ms} ms)`);
  console.log(`left: ${left.leases} leases, ${left.liveCalls} calls, ${left.dialogs} dialogs, ${left.transactions} transactions`);
  const lines = [...report.troubles, ...report.wrongRecords];
  for (const line of lines.slice(0, LINES_MAX)) console.log(`  ${line}`);
  if (lines.length > LINES_MAX) console.log(`  and ${lines.length - LINES_MAX} more (--json has them all)`);
}
const isClean = report.troubles.length + report.wrongRecords.length + Object.values(left).reduce((sum, value) => sum + value, 0) === 0;
process.exit(isClean && report.records === report.calls ? 0 : 1);
