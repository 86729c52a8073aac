import { recordRef } from '../../../src/domain/records.ts';
import { createLeaseBook } from '../../../src/redis/lease-book.ts';
import { freeUdpPort, runSipp, type SippResult, startSipp } from '../../support/sipp.ts';
import { complaintsOf } from '../../support/sipp-statistics.ts';
import { type CallStage, openStage, until } from './call-stage.ts';
import { NUMBER } from './call-world.ts';

/** What became of calls that were cancelled as soon as they could be. */
export interface QuickCancels {
  /** Those that gave up at the 100, and those that did at the 180. */
  readonly callers: readonly [atOnce: SippResult, ringing: SippResult];
  readonly called: SippResult;
  /** INVITEs that reached the called side before the CANCEL did. */
  readonly legs: number;
  /** Legs at the called side that nobody cancelled or ended. */
  readonly ghosts: number;
  /** Calls that were picked up before the CANCEL was there, on a machine that stood still for so long, and ended by their callers. */
  readonly pickedUp: number;
  /** What either side of sipp has to complain of. */
  readonly complaints: readonly string[];
  readonly admitted: number;
  readonly closed: number;
  readonly left: { readonly calls: number; readonly dialogs: number; readonly leases: number };
}

/** How long the called side knows a call that is over: an INVITE of it that comes once more is no new call, and no ghost. */
const KNOWN_MS = 120_000;

/** Places calls of a carrier that gives up at once, with sipp on both sides. */
export async function runQuickCancels(calls: number, rate: number): Promise<QuickCancels> {
  const timers = { t1Ms: 500, t2Ms: 4000, t4Ms: 1000 };
  const stage = await openStage({ timers, settings: { firstResponseMs: 20_000, ringMs: 30_000, heartbeatMs: 1000 } });
  try {
    const moreArguments = ['-deadcall_wait', String(KNOWN_MS)];
    const called = await startSipp({ scenario: 'uas-picks-up-unless-cancelled', moreArguments });
    try {
      const ports = [await freeUdpPort('127.0.0.1'), await freeUdpPort('127.0.0.1')] as const;
      await site(stage, ports, called.port);
      const keys = { caller: '+447700900123' };
      const load = { calls: calls / 2, rate: rate / 2, concurrentMax: calls, pauseMs: 0, timeoutMs: (calls / rate) * 1000 + 60_000 };
      const place = (scenario: string, port: number): Promise<SippResult> =>
        runSipp({ scenario, remote: stage.target, port, service: NUMBER, keys, ...load });
      const callers = await Promise.all([place('uac-cancels-at-once', ports[0]), place('uac-cancel', ports[1])]);
      await settled(stage);
      return await reportOf(stage, callers, await called.stop());
    } finally {
      await called.stop();
    }
  } finally {
    await stage.close();
  }
}

async function site({ world }: CallStage, callerPorts: readonly number[], calledPort: number): Promise<void> {
  await world.account({ limits: { channelsMax: 100_000, perSecondMax: null } });
  await world.number();
  await world.endpoint([`sip:called@127.0.0.1:${calledPort}`]);
  const group = { name: 'carrier', enabled: true, numberFormat: null, country: null, gateways: [] };
  const { carrier: trunkGroupId } = world.ids;
  const carrier = { trunkGroupId, groupKind: 'carrier', accountId: null, mode: 'live' } as const;
  await world.put(recordRef.trunkGroup(trunkGroupId), {
    kind: 'trunk_group',
    id: trunkGroupId,
    groupKind: 'carrier',
    accountId: null,
    mode: 'live',
    ...group,
  });
  await world.put(recordRef.source(trunkGroupId), { kind: 'source', ...carrier, acl: callerPorts.map((port) => `127.0.0.1:${port}`) });
}

/** Waits until no call is left, and no longer than a leg that was picked up late needs to be ended. */
const settled = (stage: CallStage): Promise<void> =>
  until(
    () => 'calls, dialogs or leases are left',
    async () => Object.values(await leftOf(stage)).every((count) => count === 0),
    15_000,
  ).catch(() => {});

async function leftOf({ agents, engine, plane, world }: CallStage): Promise<QuickCancels['left']> {
  const page = await createLeaseBook(plane.redis).page({ kind: 'account', id: world.ids.account }, null, 500);
  return {
    calls: agents.reduce((sum, { agent }) => sum + agent.callCount, 0),
    dialogs: engine.counters().dialogs,
    leases: page?.holders.length ?? 0,
  };
}

async function reportOf(stage: CallStage, callers: QuickCancels['callers'], called: SippResult): Promise<QuickCancels> {
  const events = await stage.events();
  const ids = (type: string): Set<string> => new Set(events.filter((event) => event.type === type).map(({ callId }) => callId));
  const [admitted, ended] = [ids('admitted'), ids('ended')];
  return {
    callers,
    called,
    legs: called.created,
    ghosts: called.created - called.successful,
    pickedUp: callers.map(endedByCaller).reduce((sum, count) => sum + count, 0),
    complaints: [...callers.flatMap(complaintsOf), ...complaintsOf(called).filter((complaint) => !LATE.test(complaint))],
    admitted: admitted.size,
    closed: [...admitted].filter((callId) => ended.has(callId)).length,
    left: await leftOf(stage),
  };
}

/** RFC 3261 §17.1.1.2, §9.1: an INVITE goes out again until it is answered, a CANCEL too; a leg that rang for too long tells by its BYE. */
const LATE = /^(?:Dead call \S+ \(successful\), received '(?:INVITE|CANCEL) |Call-Id: \S+, receive timeout on message )/;

const endedByCaller = ({ steps }: SippResult): number =>
  steps.reduce((sum, { message, direction, count }) => (message === 'BYE' && direction === 'sent' ? sum + count : sum), 0);
