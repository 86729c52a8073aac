import { setTimeout as pause } from 'node:timers/promises';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { createLeaseBook } from '../../../src/redis/lease-book.ts';
import { type LossyRelay, openLossyRelay } from '../../support/sip/lossy-relay.ts';
import type { Party } from '../../support/sip/party.ts';
import { type CallStage, openStage, until } from './call-stage.ts';
import { NUMBER } from './call-world.ts';

/** How many calls go through a lossy network, how fast, and from which seed. */
export interface LossyOptions {
  readonly calls: number;
  readonly seed: number;
  /** New calls per second. */
  readonly rate: number;
  readonly holdMs: number;
  readonly t1Ms: number;
}

/** What became of the calls. */
export interface LossyReport extends LossyOptions {
  /** Datagrams between the parties and the SIP server. */
  readonly datagrams: LossyRelay['counts'];
  readonly connected: number;
  /** What a caller saw other than a call that was put through and ended, one line each. */
  readonly troubles: readonly string[];
  /** Calls without exactly one beginning, one answer and one end in the records, one line each. */
  readonly wrongRecords: readonly string[];
  readonly records: number;
  /** Largest difference between a recorded duration and the caller's own, ms. */
  readonly durationOffMsMax: number;
  /** What is left when all is over. */
  readonly left: { readonly leases: number; readonly liveCalls: number; readonly dialogs: number; readonly transactions: number };
}

const RATES = { loss: 0.05, duplicate: 0.05, reorder: 0.05, reorderDelayMs: 30 };
const LIMITS = { channelsMax: 5000, perSecondMax: null };

/** Carrier, endpoint and the whole SIP path of the product, a lossy relay in front of either party (decision C26). */
export async function runLossyCalls(options: LossyOptions, say: (line: string) => void = () => {}): Promise<LossyReport> {
  const { t1Ms, seed } = options;
  const timers = { t1Ms, t2Ms: 8 * t1Ms, t4Ms: 10 * t1Ms };
  const stage = await openStage({ timers, settings: { firstResponseMs: 64 * t1Ms, heartbeatMs: 1000 } });
  const relays: LossyRelay[] = [];
  const behind = async (user: string): Promise<Party> => {
    const relay = await openLossyRelay({ target: stage.target, seed: seed + relays.length, ...RATES });
    relays.push(relay);
    const party = await stage.party({ user, outbound: relay.front, advertise: relay.back });
    relay.attach(party.bound);
    return party;
  };
  try {
    const [carrier, phone] = [await behind('carrier'), await behind('phone')];
    await stage.world.site(carrier, phone);
    await stage.world.account({ limits: LIMITS });
    const seen = await placeCalls({ carrier, phone, stage }, options, say);
    return await reportOf(stage, relays, seen, options);
  } finally {
    for (const relay of relays) await relay.close();
    await stage.close();
  }
}

/** What a caller saw of one call. */
interface Seen {
  readonly callId: string;
  readonly talkMs: number | null;
  readonly trouble: string | null;
}

interface Site {
  readonly carrier: Party;
  readonly phone: Party;
  readonly stage: CallStage;
}

async function placeCalls(site: Site, { calls, rate, holdMs, t1Ms }: LossyOptions, say: (line: string) => void): Promise<Seen[]> {
  let answered = 0;
  site.phone.onInvite((ringing) => {
    const hangsUp = answered % 2 === 1;
    answered += 1;
    ringing.ring();
    ringing.answer();
    // Every other call is ended by the called side, which may not before it has the ACK (RFC 3261 §15).
    const acknowledged = hangsUp ? ringing.waitAck(64 * t1Ms) : null;
    acknowledged
      ?.then(() => pause(holdMs))
      .then(() => ringing.bye())
      .catch(() => {});
  });
  const all: Promise<Seen>[] = [];
  const began = performance.now();
  for (let count = 1; count <= calls; count += 1) {
    all.push(placeCall(site, holdMs, t1Ms));
    if (count % 500 === 0) say(`${count} of ${calls} calls placed`);
    await pause(Math.max(0, began + (count * 1000) / rate - performance.now()));
  }
  return await Promise.all(all);
}

/** One call; whoever has not heard the other's BYE a while after the hold ends it. */
async function placeCall({ carrier, stage }: Site, holdMs: number, t1Ms: number): Promise<Seen> {
  const call = carrier.invite({ to: NUMBER, target: stage.target });
  const { callId } = call;
  try {
    await call.answered();
    const from = performance.now();
    const heard = await call.waitBye(holdMs + 4 * t1Ms).then(
      () => true,
      () => false,
    );
    if (!heard) await call.bye();
    return { callId, talkMs: performance.now() - from, trouble: null };
  } catch (error) {
    return { callId, talkMs: null, trouble: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

async function reportOf(
  stage: CallStage,
  relays: readonly LossyRelay[],
  seen: readonly Seen[],
  options: LossyOptions,
): Promise<LossyReport> {
  const left = await leftOf(stage, 130 * options.t1Ms);
  const byCall = callsOf(await stage.events());
  const wrong = seen.flatMap(({ callId, trouble }) => {
    const types = byCall.get(callId)?.map(({ type }) => type) ?? [];
    const count = (wanted: CallEvent['type']): number => types.filter((type) => type === wanted).length;
    const isRight = count('admitted') === 1 && count('ended') === 1 && (trouble !== null || count('answered') === 1);
    return isRight ? [] : [`${callId}: ${types.join(' ')}`];
  });
  const sum = (of: (counts: LossyRelay['counts']) => number): number => relays.reduce((total, { counts }) => total + of(counts), 0);
  return {
    ...options,
    datagrams: {
      forwarded: sum(({ forwarded }) => forwarded),
      lost: sum(({ lost }) => lost),
      duplicated: sum(({ duplicated }) => duplicated),
      reordered: sum(({ reordered }) => reordered),
    },
    connected: seen.filter(({ talkMs }) => talkMs !== null).length,
    troubles: seen.flatMap(({ callId, trouble }) =>
      trouble === null ? [] : [`${callId}: ${trouble}; ${storyOf(byCall.get(callId) ?? [])}`],
    ),
    wrongRecords: wrong,
    records: byCall.size,
    durationOffMsMax: Math.max(0, ...seen.map((one) => offOf(one, byCall.get(one.callId) ?? []))),
    left,
  };
}

/** What our own records say of a call that went wrong. */
const storyOf = (events: readonly CallEvent[]): string =>
  events
    .flatMap((event) => {
      if (event.type === 'attempt_ended') return [`attempt ${event.n} ${event.outcome} ${event.sipStatus ?? ''} at ${event.at}`];
      return event.type === 'ended' ? [`${event.outcome} ${event.code ?? ''} at ${event.at}`] : [`${event.type} at ${event.at}`];
    })
    .join(', ');

function offOf({ talkMs }: Seen, events: readonly CallEvent[]): number {
  const at = (wanted: CallEvent['type']): number => events.find(({ type }) => type === wanted)?.at ?? Number.NaN;
  const recorded = at('ended') - at('answered');
  return talkMs === null || Number.isNaN(recorded) ? 0 : Math.abs(recorded - talkMs);
}

/** Events by the caller's own Call-ID, in their order. */
function callsOf(events: readonly CallEvent[]): Map<string, CallEvent[]> {
  const sipIds = new Map(events.flatMap((event) => (event.type === 'admitted' ? [[event.callId, event.origin.sipCallId] as const] : [])));
  const calls = new Map<string, CallEvent[]>();
  for (const event of events) {
    const id = sipIds.get(event.callId) ?? event.callId;
    calls.set(id, [...(calls.get(id) ?? []), event]);
  }
  return calls;
}

/** Waits until nothing is left, and says what still is. */
async function leftOf({ plane, world, agents, engine }: CallStage, waitMs: number): Promise<LossyReport['left']> {
  const book = createLeaseBook(plane.redis);
  const look = async (): Promise<LossyReport['left']> => {
    const page = await book.page({ kind: 'account', id: world.ids.account }, null, 500);
    const { dialogs, transactions } = engine.counters();
    const liveCalls = agents.reduce((total, { metrics }) => total + metrics.live, 0);
    return { leases: page?.holders.length ?? 0, liveCalls, dialogs, transactions };
  };
  let last = await look();
  const isEmpty = async (): Promise<boolean> => {
    last = await look();
    return Object.values(last).every((value) => value === 0);
  };
  await until(() => 'something is left', isEmpty, waitMs + 10_000).catch(() => {});
  return last;
}
