/** `npm run quick-cancels [-- --calls n] [--rate calls/s]`: calls cancelled as soon as they can be; exit code 1 where a ghost rings on. */
import { parseArgs } from 'node:util';
import { sippAvailable } from '../../support/sipp.ts';
import { runQuickCancels } from './quick-cancels.ts';

const { values } = parseArgs({ options: { calls: { type: 'string', default: '1000' }, rate: { type: 'string', default: '100' } } });
if (!sippAvailable()) {
  console.error('quick CANCELs need sipp (Debian: sip-tester)');
  process.exit(2);
}
const { callers, called, legs, ghosts, pickedUp, complaints, admitted, closed, left } = await runQuickCancels(
  Number(values.calls),
  Number(values.rate),
);
for (const [index, caller] of callers.entries()) {
  const when = index === 0 ? 'at the 100' : 'at the 180';
  console.log(
    `${caller.created} calls cancelled ${when}: ${caller.successful} ended well, ${caller.failed} otherwise, ${caller.retransmissions} sent again`,
  );
}
console.log(`${pickedUp} of them were picked up before the CANCEL and ended by a BYE, all others by 487`);
console.log(`called side: ${legs} INVITEs arrived, ${called.successful} of them were cancelled or ended`);
console.log(`records: ${admitted} calls admitted, ${closed} records closed`);
console.log(`left: ${left.calls} calls, ${left.dialogs} dialogs, ${left.leases} leases`);
console.log(`ghost legs: ${ghosts}`);
for (const complaint of complaints) console.log(complaint);
const successful = callers[0].successful + callers[1].successful;
const isClean = ghosts + left.calls + left.dialogs + left.leases === 0 && admitted === closed;
// A server that is deaf to CANCELs would have them all picked up.
const areCancelled = successful === Number(values.calls) && pickedUp < successful / 2;
process.exit(isClean && areCancelled ? 0 : 1);
