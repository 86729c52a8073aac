import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { SrfServerState } from '../../src/sip/srf-library.ts';
import { SrfReceivedInvite } from '../../src/sip/srf-received-invite.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, SHORT, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
beforeAll(async () => {
  const timers = { ...SHORT, applicationSilenceMs: 300 };
  stage = await openStage({ agents: 1, timers, silentInvites: 'forget', settings: { speakAfterMs: 50, firstResponseMs: 5000 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

/** How many INVITEs drachtio-srf holds each time one was ignored. */
function watchLibrary(): number[] {
  const held: number[] = [];
  const { ignore } = SrfReceivedInvite.prototype;
  vi.spyOn(SrfReceivedInvite.prototype, 'ignore').mockImplementation(function (this: SrfReceivedInvite) {
    ignore.call(this);
    const { connection } = this as unknown as { connection: { srf: { app: { client: { mapServer: Map<unknown, SrfServerState> } } } } };
    for (const { pendingNetworkInvites } of connection.srf.app.client.mapServer.values()) held.push(pendingNetworkInvites.size);
  });
  return held;
}

it.runIf(onlyOn('strangers are forgotten'))(
  'a stranger who is ignored is forgotten by the SIP server and the library, and a call that rings in silence is not',
  async () => {
    const held = watchLibrary();
    const call = carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
    const ringing = await phone.expectInvite();
    const stranger = await stage.party({ user: 'stranger' });
    const ignored = stranger.invite({ to: NUMBER, target: stage.target, requestUri: `sip:${NUMBER}@elsewhere.example` });
    await ignored.provisional(100);
    const { engine } = stage;
    expect(engine.counters().pending).toBe(3);
    // The call is older than the stranger's: the time of both has passed.
    await until(
      () => 'the stranger is still held',
      () => engine.counters().drops.get('application_silent') === 1,
    );
    // The caller's INVITE and ours to the phone.
    expect(engine.counters().pending).toBe(2);
    expect(held).toEqual([1]);
    ringing.answer();
    await call.answered();
    await call.bye();
    await ringing.waitBye();
    expect(stranger.trace.messages('received').map(({ status }) => status)).toEqual([100]);
  },
);
