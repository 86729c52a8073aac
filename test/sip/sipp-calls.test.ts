import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { DRACHTIO_BIN } from '../support/drachtio-server.ts';
import { freeUdpPort, type RunningSipp, runSipp, type SippOptions, type SippResult, sippAvailable, startSipp } from '../support/sipp.ts';
import { complaintsOf } from '../support/sipp-statistics.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): its calls through agents and engine are left out');
const CLEAN = { exitCode: 0, failed: 0, complaints: [] };
const endOf = (result: SippResult | undefined) =>
  result === undefined ? undefined : { exitCode: result.exitCode, failed: result.failed, complaints: complaintsOf(result) };

/** A stage with a carrier and callees that are sipp. */
class SippStage {
  readonly #host: string;
  readonly #running: RunningSipp[] = [];
  stage!: CallStage;
  #port = 0;

  constructor(host: string) {
    this.#host = host;
  }

  async open(): Promise<void> {
    const timers = { t1Ms: 300, t2Ms: 1200, t4Ms: 600 };
    this.stage = await openStage({ sipHost: this.#host, timers, settings: { firstResponseMs: 600, ringMs: 20_000 } });
    this.#port = await freeUdpPort(this.#host);
    const { world } = this.stage;
    await world.account();
    await world.number();
    await world.credential();
    const shared = { groupKind: 'carrier', accountId: null, mode: 'live' } as const;
    const { carrier: id } = world.ids;
    const plain = { name: 'carrier', enabled: true, numberFormat: null, country: null, gateways: [] };
    await world.put(recordRef.trunkGroup(id), { kind: 'trunk_group', id, ...shared, ...plain });
    await world.put(recordRef.source(id), { kind: 'source', trunkGroupId: id, ...shared, acl: [`${this.#written}:${this.#port}`] });
  }

  get #written(): string {
    return this.#host.includes(':') ? `[${this.#host}]` : this.#host;
  }

  /** Callees in the order in which they are rung. */
  async callees(...options: readonly Partial<SippOptions>[]): Promise<readonly RunningSipp[]> {
    const started: RunningSipp[] = [];
    for (const one of options)
      started.push(await startSipp({ scenario: 'uas-answers', host: this.#host, calls: 1, timeoutMs: 20_000, ...one }));
    this.#running.push(...started);
    await this.stage.world.endpoint(started.map(({ port }) => `sip:callee@${this.#written}:${port}`));
    return started;
  }

  call(scenario: string, more: Partial<SippOptions> = {}): Promise<SippResult> {
    const keys = { caller: '+33142685300' };
    return runSipp({
      scenario,
      host: this.#host,
      port: this.#port,
      remote: this.stage.target,
      service: NUMBER,
      keys,
      pauseMs: 50,
      ...more,
    });
  }

  async stop(): Promise<void> {
    for (const one of this.#running.splice(0)) await one.stop();
  }
}

describe.runIf(sippAvailable())('a call of sipp to sipp through engine and agents', () => {
  const sipp = new SippStage('127.0.0.1');
  beforeAll(() => sipp.open());
  afterEach(() => sipp.stop());
  afterAll(() => sipp.stage.close());

  it('late 200 after give-up: goes to the next target, and the answer that comes too late is acknowledged and ended', async () => {
    const [late] = await sipp.callees({ scenario: 'uas-answers-after-give-up', pauseMs: 1200 }, {});
    expect(endOf(await sipp.call('uac-call-answered'))).toEqual(CLEAN);
    expect(endOf(await late?.done)).toEqual(CLEAN);
  });

  it.each([
    ['long ring: longer than a first response is waited for', 'uas-answers', 'uac-call-answered', 2500],
    ['late offer: in the 200, its answer in the ACK', 'uas-late-offer', 'uac-late-offer', 50],
    ['hold: and the call taken back, each offer and answer as it was written', 'uas-held', 'uac-hold', 50],
    ['PRACK: for a callee that rings reliably', 'uas-rings-reliably', 'uac-call-answered', 50],
    ['glare: 491 to the re-INVITE that crosses another, which is answered', 'uas-glare', 'uac-reinvite', 50],
  ])('%s', async (_, callee, caller, pauseMs) => {
    const [one] = await sipp.callees({ scenario: callee, pauseMs });
    expect(endOf(await sipp.call(caller))).toEqual(CLEAN);
    expect(endOf(await one?.done)).toEqual(CLEAN);
  });

  it.each([
    ['that rings as it likes', 'uas-answers'],
    ['that rings reliably too', 'uas-rings-reliably'],
  ])('PRACK: of a caller that requires 100rel, for a callee %s', async (_, callee) => {
    const [one] = await sipp.callees({ scenario: callee, pauseMs: 300 });
    expect(endOf(await sipp.call('uac-requires-100rel'))).toEqual(CLEAN);
    expect(endOf(await one?.done)).toEqual(CLEAN);
  });

  it('registration: taken after a digest, 423 when too short, gone when asked', async () => {
    const auth = { username: LOGIN.username, password: PASSWORD };
    const registered = { service: LOGIN.username, keys: { domain: DOMAIN }, auth, port: await freeUdpPort('127.0.0.1') };
    expect(endOf(await sipp.call('uac-registers', registered))).toEqual(CLEAN);
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
if (!hasIpv6) console.warn('this machine has no ::1: the call over IPv6 is left out');

describe.runIf(sippAvailable() && hasIpv6 && DRACHTIO_BIN === undefined)('over IPv6', () => {
  const sipp = new SippStage('::1');
  beforeAll(() => sipp.open());
  afterAll(async () => {
    await sipp.stop();
    await sipp.stage.close();
  });

  it('a call is put through from an address in an ACL to another one, and ended by either side', async () => {
    for (const scenario of ['uas-answers', 'uas-hangs-up']) {
      const [callee] = await sipp.callees({ scenario, pauseMs: 50 });
      const caller = scenario === 'uas-answers' ? 'uac-call-answered' : 'uac-call-ended-by-peer';
      expect(endOf(await sipp.call(caller))).toEqual(CLEAN);
      expect(endOf(await callee?.done)).toEqual(CLEAN);
    }
  });
});
