import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fleet, FleetEngine } from './fleet.ts';
import { freeUdpPort, type RunningSipp, type SippResult, startSipp } from './sipp.ts';

/** One account whose numbers ring at one callee, and a carrier that calls from `sources`. */
export interface FleetWorld {
  readonly key: string;
  readonly accountId: string;
  readonly numbers: readonly { readonly id: string; readonly e164: string }[];
  /** Ports the carrier calls from, one an engine. */
  readonly sources: readonly number[];
}

const LOAD_SCENARIO = fileURLToPath(new URL('../../bench/scenarios/uac-load.xml', import.meta.url));

/** What of a fleet, or of one product, is needed to call through it. */
export type Callable = Pick<Fleet, 'admin' | 'call'> & { readonly engines: readonly Pick<FleetEngine, 'sip'>[] };

/** Provisions a fleet over its admin face. */
export async function provisionFleet(fleet: Callable, calleePort: number, countOfNumbers = 20): Promise<FleetWorld> {
  const sources: number[] = [];
  for (const _ of fleet.engines) sources.push(await freeUdpPort('127.0.0.1'));
  const account = (await fleet.admin('POST', '/accounts', { name: 'Fleet', currency: 'USD' })).body.id;
  await fleet.admin('POST', `/accounts/${account}/credits`, { amount_minor: 1_000_000, note: 'fleet' });
  const { key } = (await fleet.admin('POST', `/accounts/${account}/api-keys`, { mode: 'live' })).body;
  const acl = sources.map((port) => `127.0.0.1:${port}`);
  await fleet.admin('POST', '/trunk-groups', { name: 'carrier', kind: 'carrier', acl, gateways: [{ uri: 'sip:127.0.0.1:9' }] });
  const targets = [{ uri: `sip:callee@127.0.0.1:${calleePort}`, priority: 1, weight: 1 }];
  const endpoint = (await fleet.admin('POST', '/endpoints', { account_id: account, name: 'callee', targets })).body.id;
  const e164s = Array.from({ length: countOfNumbers }, (_, at) => `+44207946${String(at).padStart(4, '0')}`);
  await fleet.admin('POST', '/inventory', { numbers: e164s.map((e164) => ({ e164 })) });
  const numbers: { id: string; e164: string }[] = [];
  for (const e164 of e164s) {
    const id = (await fleet.admin('GET', `/numbers?e164=${encodeURIComponent(e164)}`)).body.data[0].id;
    const bought = await fleet.call('POST', '/phone-numbers', { key, body: { inventory_id: id } });
    const patched = await fleet.call('PATCH', `/phone-numbers/${id}`, { key, body: { endpoint_id: endpoint } });
    if (bought.status !== 201 || patched.status !== 200) throw new Error(`${e164}: ${bought.text} ${patched.text}`);
    numbers.push({ id, e164 });
  }
  return { key, accountId: account, numbers, sources };
}

/** A load of calls through every engine of a fleet, from its start until `finish`. */
export interface CallLoad {
  /** No new calls; resolves with what each sipp counted when its last call is over. */
  finish(): Promise<readonly SippResult[]>;
}

/** Starts `rate` calls/s, shared by the engines, of `holdMs` each. */
export async function startCallLoad(fleet: Pick<Callable, 'engines'>, world: FleetWorld, rate: number, holdMs: number): Promise<CallLoad> {
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-fleet-load-'));
  const numbers = join(folder, 'numbers.csv');
  await writeFile(numbers, ['SEQUENTIAL', ...world.numbers.map(({ e164 }) => `+447700900123;${e164}`), ''].join('\n'));
  const running: RunningSipp[] = [];
  for (const [at, engine] of fleet.engines.entries()) {
    const share = Math.round((rate * (at + 1)) / fleet.engines.length) - Math.round((rate * at) / fleet.engines.length);
    const more = ['-inf', numbers, '-trace_rtt', '-rtt_freq', '10'];
    const options = {
      scenario: LOAD_SCENARIO,
      remote: engine.sip,
      port: world.sources[at] ?? 0,
      pauseMs: holdMs,
      moreArguments: more,
      tellsStalls: true,
    };
    running.push(await startSipp({ ...options, rate: share, concurrentMax: rate * 60 }));
  }
  let finished: Promise<SippResult[]> | undefined;
  return {
    finish() {
      finished ??= Promise.all(running.map((sipp) => sipp.stop())).finally(() => rm(folder, { recursive: true, force: true }));
      return finished;
    },
  };
}
