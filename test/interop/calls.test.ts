import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLS, placeCall, registrationLines } from './support/interop-calls.ts';
import { type InteropSite, missingPrograms, openInteropSite } from './support/interop-site.ts';

const missing = missingPrograms();
if (missing.length > 0) {
  console.warn(`not installed: ${missing.join(', ')} (Debian: kamailio kamailio-tls-modules baresip-core): calls with them are left out`);
}

/** `npm run interop` prints what each party logged. */
describe.runIf(missing.length === 0)('Kamailio as carrier and as customer, baresip as phone', () => {
  let site: InteropSite;
  beforeAll(async () => {
    site = await openInteropSite();
  });
  afterAll(() => site?.close());

  it('phones are registered with us over UDP and TLS, and we at the carrier, each with a digest', async () => {
    expect(registrationLines(site)).toMatchObject({
      desk: [expect.stringContaining('200 OK () [1 binding]')],
      mobile: [expect.stringContaining('200 OK () [1 binding]')],
      carrier: expect.arrayContaining([expect.stringContaining('dialplane is registered from udp:')]),
    });
    const health = await site.product.admin('GET', `/trunk-groups/${site.carrierGroupId}/health`);
    expect(health.body.data).toMatchObject([{ registration: { state: 'registered', status: '200' } }]);
  });

  it.each(CALLS)('$name: both hear each other, $hangsUp hangs up, the record says so', async (call) => {
    const { record } = await placeCall(site, call);
    expect(record).toMatchObject({ direction: call.direction, outcome: 'completed', ended_by: call.hangsUp });
    expect(record.attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['answered']);
  });

  it('none of them complained', () => {
    const complaints = [site.carrier, site.pbx].flatMap((run) =>
      run
        .log()
        .split('\n')
        .filter((line) => /(ERROR|WARNING|CRITICAL):/.test(line) && !/<script>|tls_h_mod_init_f|tcp_do_connect/.test(line)),
    );
    expect(complaints).toEqual([]);
  });
});
