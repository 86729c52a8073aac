import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createParty, type Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let phone: Party;
const parties: Party[] = [];

beforeEach(async () => {
  stage = await setStage();
  srf = await stage.app();
  srf.register((_req: Srf, res: Srf) => res.send(200, { headers: { Contact: 'sip:a@10.0.0.1, <sip:b@10.0.0.2>;expires=60' } }));
  await stage.serving(1);
  phone = await party({ transport: 'tcp', listenTcp: false });
});
afterEach(async () => {
  for (const one of parties.splice(0)) await one.close();
  await stage.close();
});

async function party(options: Parameters<typeof createParty>[0]): Promise<Party> {
  const one = await createParty({ t1Ms: 20, t2Ms: 80, ...options });
  parties.push(one);
  return one;
}
const target = () => ({ host: '127.0.0.1', port: stage.engine.sip.port });
const register = (one: Party) => one.register('sip:alice@127.0.0.1', { target: target() });
const call = (proxy: string, headers: Record<string, string> = {}): Promise<Srf> =>
  srf.createUAC('sip:alice@10.66.0.7:5062', { localSdp: testSdp(41000), proxy, headers });
const flow = ({ port }: Party, transport: string) => `sip:127.0.0.1:${port};transport=${transport};flow`;
const statusOf = (placed: Promise<Srf>): Promise<number> =>
  placed.then(
    () => 200,
    (error: { status: number }) => error.status,
  );

describe('a next hop with ;flow', () => {
  it('is the open stream to it, to the end of the dialog', async () => {
    await register(phone);
    const placed = call(flow(phone, 'tcp'));
    const ringing = await phone.expectInvite();
    // Its Contact leads nowhere: only the stream does.
    ringing.answer(testSdp(41002), { Contact: '<sip:alice@10.66.0.7:5062>' });
    const dialog = await placed;
    await ringing.waitAck();
    const ended = dialog.destroy();
    await ringing.waitBye();
    await ended;
  });

  it('takes no stream by another transport, and none that is younger than it says: that is somebody else (430)', async () => {
    await register(phone);
    for (const transport of ['tls', 'ws', 'wss', 'x']) expect(await statusOf(call(flow(phone, transport)))).toBe(430);
    for (const age of ['3600', '-1', '99999999999999999999', 'x']) expect(await statusOf(call(`${flow(phone, 'tcp')}=${age}`))).toBe(430);
    const placed = call(`${flow(phone, 'tcp')}=0`);
    (await phone.expectInvite()).reject(486);
    expect(await statusOf(placed)).toBe(486);
  });

  it('that is closed is answered 430 at once, and no connection is tried', async () => {
    const listening = await party({ transport: 'tcp' });
    expect(await statusOf(call(flow(listening, 'tcp')))).toBe(430);
    await register(phone);
    const { connections } = stage.engine.counters();
    phone.dropConnections();
    await until(
      () => stage.engine.counters().connections < connections,
      5000,
      () => 'the connection is still there',
    );
    expect(await statusOf(call(flow(phone, 'tcp')))).toBe(430);
    expect(stage.engine.counters().connections).toBe(0);
  });

  it('that closes in the middle of a call ends its dialog with the next request', async () => {
    await register(phone);
    const placed = call(flow(phone, 'tcp'));
    (await phone.expectInvite()).answer();
    const dialog = await placed;
    await until(
      () => stage.engine.counters().dialogs === 1,
      5000,
      () => 'no dialog',
    );
    phone.dropConnections();
    await until(
      () => stage.engine.counters().connections === 0,
      5000,
      () => 'the connection is still there',
    );
    await dialog.destroy();
    await until(
      () => stage.engine.counters().dialogs === 0,
      5000,
      () => 'the dialog is still there',
    );
  });

  it('is over UDP where the whole dialog goes, whatever the Contact says', async () => {
    const udp = await party({});
    const placed = call(flow(udp, 'udp'));
    const ringing = await udp.expectInvite();
    ringing.answer(testSdp(41002), { Contact: '<sip:alice@127.0.0.2:9>' });
    const dialog = await placed;
    await ringing.waitAck();
    const ended = dialog.destroy();
    await ringing.waitBye();
    await ended;
  });
});

describe('a next hop with ;received-on', () => {
  it('is reached by the listener it knows us by, to the end of the dialog', async () => {
    await stage.close();
    stage = await setStage({ listen: ['udp/127.0.0.1:0', 'udp/127.0.0.1:0', 'udp/127.0.0.1:0'] });
    srf = await stage.app();
    const udp = await party({});
    const own = stage.engine.listeners.map((text) => text.slice(text.lastIndexOf(':') + 1));
    expect(new Set(own).size).toBe(3);
    for (const [at, port] of own.entries()) {
      const placed = call(`sip:127.0.0.1:${udp.port};transport=udp${at === 0 ? '' : ';flow'};received-on=127.0.0.1-${port}`);
      const ringing = await udp.expectInvite();
      expect(ringing.request.header('Via')).toContain(`127.0.0.1:${port};`);
      ringing.answer(testSdp(41002));
      const dialog = await placed;
      await ringing.waitAck();
      const ended = dialog.destroy();
      const bye = await ringing.waitBye();
      if (at > 0) expect(bye.header('Via')).toContain(`127.0.0.1:${port};`);
      await ended;
    }
    // One that is not there any more leaves the choice to us.
    const placed = call(`sip:127.0.0.1:${udp.port};transport=udp;flow;received-on=127.0.0.1-1`);
    (await udp.expectInvite()).reject(486);
    expect(await statusOf(placed)).toBe(486);
  });
});

describe('an application', () => {
  it('may write the Route of a request outside of dialogs', async () => {
    const udp = await party({});
    const placed = call(`sip:127.0.0.1:${udp.port}`, { Route: '<sip:127.0.0.1;lr>, <sip:edge.example;lr>' });
    const ringing = await udp.expectInvite();
    expect(ringing.request.list('Route')).toEqual(['<sip:127.0.0.1;lr>', '<sip:edge.example;lr>']);
    ringing.reject(486);
    expect(await statusOf(placed)).toBe(486);
  });

  it('may answer a REGISTER with several contacts', async () => {
    expect((await register(phone)).list('Contact')).toEqual(['<sip:a@10.0.0.1>', '<sip:b@10.0.0.2>;expires=60']);
  });
});
