/** `npm run failover-matrix [-- --rate calls/s]`: code × position × policy as sipp saw it; exit code 1 where it differs from the rules. */
import { parseArgs } from 'node:util';
import { sippAvailable } from '../../support/sipp.ts';
import { expectedOf, POLICIES, STATUSES, TROUBLES } from './failover-by-hand.ts';
import { type MatrixCall, recordedAs, runFailoverMatrix, seenAs } from './failover-matrix.ts';

const { values } = parseArgs({ options: { rate: { type: 'string', default: '60' } } });
if (!sippAvailable()) {
  console.error('the failover matrix needs sipp (Debian: sip-tester)');
  process.exit(2);
}
const { calls, caller, carrier } = await runFailoverMatrix(Number(values.rate));

const agrees = ({ expected, answer, wire, attempts }: MatrixCall): boolean =>
  answer?.status === expected.status &&
  answer.reason === expected.reason &&
  wire.join() === seenAs(expected).join() &&
  attempts.join() === recordedAs(expected).join();
const cell = (call: MatrixCall): string =>
  `${call.wire.map((one) => one.split(' ')[0]).join('→') || '–'} ${call.answer?.status ?? '?'}${call.answer?.reason ? ` ${call.answer.reason}` : ''}${agrees(call) ? '' : ' WRONG'}`;

console.log('Gateways that the INVITE reached, and what the caller heard; before the position 599, behind it 200.');
for (const policy of POLICIES) {
  console.log(`\npolicy: ${policy}`);
  console.log(`${'gateway does'.padEnd(16)} ${['first', 'middle', 'last'].map((name) => name.padEnd(24)).join(' ')}`);
  for (const does of [...STATUSES, ...TROUBLES]) {
    const row = [1, 2, 3].map((position) => calls.find((one) => one.does === does && one.position === position && one.policy === policy));
    console.log(`${String(does).padEnd(16)} ${row.map((one) => (one === undefined ? '?' : cell(one)).padEnd(24)).join(' ')}`);
  }
}
const wrong = calls.filter((call) => !agrees(call));
for (const { does, position, policy, answer, wire, attempts } of wrong) {
  const expected = expectedOf(does, position, policy);
  console.log(
    `WRONG ${policy}, ${does} at ${position}: wanted ${JSON.stringify(expected)}, got ${JSON.stringify({ answer, wire, attempts })}`,
  );
}
console.log(
  `\n${calls.length} calls in ${caller.elapsedSeconds} s: ${caller.failed} failed at the caller, ${carrier.failed} at the carrier, ${wrong.length} unlike the rules`,
);
for (const { failed, errors } of [caller, carrier]) if (failed > 0) console.log(errors);
process.exit(wrong.length + caller.failed === 0 ? 0 : 1);
