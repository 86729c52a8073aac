/** `npm run interop`: registrations and calls between Kamailio, baresip and the product, with what each of them logged. */
import { compileProgram } from '../../support/program.ts';
import { CALLS, placeCall, registrationLines } from './interop-calls.ts';
import { missingPrograms, openInteropSite } from './interop-site.ts';

const missing = missingPrograms();
if (missing.length > 0) {
  console.error(`not here: ${missing.join(', ')} (Debian: kamailio kamailio-tls-modules baresip-core)`);
  process.exit(2);
}
compileProgram();
const site = await openInteropSite();
let failed = 0;
const print = (logs: Readonly<Record<string, readonly string[]>>): void => {
  for (const [name, said] of Object.entries(logs)) for (const line of said) console.log(`  ${name.padEnd(10)} ${line}`);
};
try {
  console.log('registrations');
  print(registrationLines(site));
  const health = (await site.product.admin('GET', `/trunk-groups/${site.carrierGroupId}/health`)).body.data;
  for (const { uri, registration } of health)
    console.log(`  ${'product'.padEnd(10)} ${uri}: ${registration?.state} (${registration?.status})`);
  for (const call of CALLS) {
    console.log(`\n${call.name}: ${call.caller} → ${call.called}`);
    try {
      const { logs, record } = await placeCall(site, call);
      print(logs);
      const attempts = record.attempts.map((one: { uri: string; outcome: string }) => `${one.uri} ${one.outcome}`).join('; ');
      const ended = `${record.outcome}, ended by the ${record.ended_by} after ${record.duration_ms} ms`;
      console.log(`  ${'product'.padEnd(10)} ${record.direction} from ${record.source}: ${ended}; ${attempts}`);
    } catch (error) {
      failed += 1;
      console.log(`  FAILED ${error instanceof Error ? error.message : String(error)}`);
      console.log(`--- carrier\n${site.carrier.log().slice(-2000)}\n--- pbx\n${site.pbx.log().slice(-1000)}`);
      const { data } = (await site.product.admin('GET', '/calls?limit=3')).body;
      for (const one of data) console.log(`--- product ${JSON.stringify(one)}`);
      for (const phone of [site[call.from], site[call.to]]) {
        console.log(`--- ${phone.name}\n${phone.run.log().slice(-6000)}`);
        phone.hangUp();
      }
    }
  }
} finally {
  await site.close();
}
console.log(`\n${CALLS.length - failed} of ${CALLS.length} calls were put through and ended`);
process.exit(failed === 0 ? 0 : 1);
