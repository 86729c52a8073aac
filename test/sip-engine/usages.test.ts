import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { SDP } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let alice: Party;
let port: number;
beforeEach(async () => {
  stage = await setStage({ timers: { requestTimeoutMs: 200 } });
  srf = await stage.app();
  alice = await stage.udp();
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

async function answered(headers: readonly string[] = []): Promise<{ call: Caller; dialog: Srf }> {
  const made = new Promise<Srf>((resolve) => {
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve));
  });
  await stage.serving(1);
  const call = new Caller(alice, port);
  call.invite({ headers });
  await call.answered();
  return { call, dialog: await made };
}

/** A request of the application, answered so by the far side; undefined: not at all. The status the application hears. */
async function ask(dialog: Srf, method: string, status: number | undefined, headers: object = {}): Promise<number> {
  const asked = dialog.request({ method, headers });
  if (status !== undefined) alice.answer(await alice.request(method), port, status);
  return (await asked).status;
}

async function lost(dialog: Srf, about: () => Promise<unknown>): Promise<void> {
  const ended = once(dialog, 'destroy');
  await about();
  const bye = await alice.request('BYE');
  expect(bye.header('reason')).toBe('SIP;cause=200;text="Dialog lost"');
  alice.answer(bye, port, 481);
  await ended;
  expect(stage.engine.counters().dialogs).toBe(0);
}

const REPORT = { Event: 'refer', 'Subscription-State': 'active' };

describe('a call', () => {
  it('goes on when the far side knows a subscription in it no more, refuses a REFER or a text, or answers no OPTIONS (RFC 5057 §5)', async () => {
    const { call, dialog } = await answered();
    const asked = [];
    for (const status of [481, 489, 405, 480, undefined]) asked.push(await ask(dialog, 'NOTIFY', status, REPORT));
    for (const status of [481, 404, 484, undefined])
      asked.push(await ask(dialog, 'REFER', status, { 'Refer-To': '<sip:carol@127.0.0.1>' }));
    for (const status of [404, 481]) asked.push(await ask(dialog, 'MESSAGE', status));
    for (const status of [481, undefined]) asked.push(await ask(dialog, 'OPTIONS', status));
    expect(asked).toEqual([481, 489, 405, 480, 408, 481, 404, 484, 408, 404, 481, 481, 408]);
    expect(await ask(dialog, 'INFO', 200)).toBe(200);
    await call.bye();
    expect(alice.count(({ method }) => method === 'BYE')).toBe(0);
  });

  it.each([
    ['INFO', 481],
    ['INFO', undefined],
    ['UPDATE', 481],
    ['NOTIFY', 404],
    ['OPTIONS', 410],
  ])('ends by a BYE of the engine when its %s is answered %s: the application hears the answer first', async (method, status) => {
    const { dialog } = await answered();
    await lost(dialog, async () => expect(await ask(dialog, method, status)).toBe(status ?? 408));
  });

  it('ends when nobody answers its change (RFC 3261 §14.1)', async () => {
    const { dialog } = await answered();
    await lost(dialog, () => expect(dialog.modify(SDP)).rejects.toMatchObject({ status: 408 }));
  });

  it('ends when its refresh goes nowhere', async () => {
    await stage.close();
    stage = await setStage({ timers: { sessionSecondMs: 2 } });
    srf = await stage.app();
    alice = await stage.udp();
    port = stage.engine.sip.port;
    const { dialog } = await answered(['Supported: timer', 'Allow: UPDATE', 'Session-Expires: 120;refresher=uas']);
    await lost(dialog, async () => alice.answer(await alice.request('UPDATE'), port, 404));
    expect(alice.count(({ method }) => method === 'UPDATE')).toBe(1);
  });
});

describe('a subscription', () => {
  async function subscribed(): Promise<Srf> {
    const made = new Promise<Srf>((resolve) => {
      srf.subscribe((req: Srf, res: Srf) => srf.createUAS(req, res, { headers: { Expires: '60' } }).then(resolve));
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.send('SUBSCRIBE', 1, { branch: 'z9hG4bKsub', headers: [`Contact: ${alice.contact}`, 'Event: presence'] });
    call.learn(await alice.response(202, 'SUBSCRIBE'));
    return made;
  }
  const state = { Event: 'presence', 'Subscription-State': 'active' };

  it.each([481, 489, 404, undefined])(
    'ends when its NOTIFY is answered %s, and nobody is told by a BYE (RFC 6665 §4.2.2)',
    async (status) => {
      const dialog = await subscribed();
      expect(await ask(dialog, 'NOTIFY', status, state)).toBe(status ?? 408);
      await until(
        () => stage.engine.counters().dialogs === 0,
        2000,
        () => 'subscription left',
      );
      expect(alice.count(({ method }) => method === 'BYE')).toBe(0);
    },
  );

  it('lives on when a NOTIFY is refused for what it says, until the last', async () => {
    const dialog = await subscribed();
    for (const status of [400, 500]) expect(await ask(dialog, 'NOTIFY', status, state)).toBe(status);
    expect(stage.engine.counters().dialogs).toBe(1);
    await ask(dialog, 'NOTIFY', 200, { ...state, 'Subscription-State': 'terminated' });
  });
});
