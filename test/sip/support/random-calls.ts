import { Session } from 'node:inspector';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { createLeaseBook } from '../../../src/redis/lease-book.ts';
import { Dice } from '../../sip-engine/support/random.ts';
import type { IncomingCall } from '../../support/sip/incoming-call.ts';
import type { OutgoingCall } from '../../support/sip/outgoing-call.ts';
import type { Party } from '../../support/sip/party.ts';
import { testSdp } from '../../support/sip/sdp.ts';
import { type AttemptOrder, attemptOrder } from './attempt-order.ts';
import { type CallStage, openStage, until } from './call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './call-world.ts';

/** How long agents and engine are driven by random calls, on timers that run faster than the clock. */
export interface RandomCallsOptions {
  readonly seed: number;
  /** Of the fast time. */
  readonly hours: number;
  /** New calls per second of the fast time. */
  readonly rate: number;
  /** How many times as fast as the clock: T1 is 500 ms divided by it. */
  readonly speed: number;
  /** Told after each hour, or what is left of one. */
  readonly rested?: (rest: Rest) => void;
}

/** How it stands when all calls have ended and the parties are gone. */
export interface Rest {
  readonly calls: number;
  /** Ends of calls so far, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What is left of calls: names and counts that are not 0. */
  readonly left: Readonly<Record<string, number>>;
  /** Listeners on all emitters of this process. */
  readonly listeners: number;
  /** Records that do not have one beginning, one end and every event between. */
  readonly wrongRecords: readonly string[];
  /** Attempts beside the order that was decided. */
  readonly order: AttemptOrder;
}

const LIMITS = { channelsMax: 100_000, perSecondMax: null };
const CALLED = '+33142685300';

/** Inbound and outbound calls of every kind of end through agents, engine and Redis; each hour all is let come to rest and looked at. */
export async function runRandomCalls(options: RandomCallsOptions): Promise<readonly Rest[]> {
  const { speed } = options;
  const timers = { t1Ms: 500 / speed, t2Ms: 4000 / speed, t4Ms: 5000 / speed };
  const settings = { firstResponseMs: 8000 / speed, ringMs: 60_000 / speed, heartbeatMs: 1000, leaseReportMs: 2000 };
  const stage = await openStage({ timers, settings });
  const rests: Rest[] = [];
  try {
    const dice = new Dice(options.seed);
    for (let hours = options.hours; hours > 0; hours -= 1) {
      const run = new Stretch(stage, dice, options);
      await run.play(Math.round(Math.min(1, hours) * 3600 * options.rate));
      const rest = await restOf(stage, (rests.at(-1)?.calls ?? 0) + run.calls, speed);
      rests.push(rest);
      options.rested?.(rest);
    }
    return rests;
  } finally {
    await stage.close();
  }
}

/** An hour with parties of its own. */
class Stretch {
  readonly #stage: CallStage;
  readonly #dice: Dice;
  readonly #options: RandomCallsOptions;
  calls = 0;

  constructor(stage: CallStage, dice: Dice, options: RandomCallsOptions) {
    this.#stage = stage;
    this.#dice = dice;
    this.#options = options;
  }

  async play(count: number): Promise<void> {
    const { speed, rate } = this.#options;
    const timers = { t1Ms: 500 / speed, t2Ms: 4000 / speed };
    const party = (user: string): Promise<Party> => this.#stage.party({ user, ...timers });
    const [carrier, second, phone, desk] = [await party('carrier'), await party('second'), await party('phone'), await party('desk')];
    const { world } = this.#stage;
    await world.site(carrier, phone);
    await world.account({ limits: LIMITS });
    await world.endpoint([phone, desk]);
    await world.carrier([carrier, second], [carrier]);
    const all = [carrier, second, phone, desk];
    for (const one of all) one.onInvite((call) => void this.#ring(call));
    const running = new Set<Promise<void>>();
    while (this.calls < count) {
      this.calls += 1;
      const call = this.#talk(this.#dice.chance(0.5) ? this.#callIn(carrier) : this.#callOut(phone));
      running.add(call);
      void call.finally(() => running.delete(call));
      await pause((-Math.log(1 - this.#dice.next()) * 1000) / rate / speed);
    }
    await Promise.all(running);
    for (const one of all) await one.close();
  }

  #callIn(carrier: Party): OutgoingCall {
    return carrier.invite({ to: NUMBER, target: this.#stage.target });
  }

  #callOut(phone: Party): OutgoingCall {
    const to = `sip:${CALLED}@${DOMAIN}`;
    const auth = { username: LOGIN.username, password: PASSWORD };
    return phone.invite({ to, requestUri: to, from: `sip:${NUMBER}@${DOMAIN}`, target: this.#stage.target, auth });
  }

  /** Some milliseconds of the fast time. */
  #ms(least: number, most: number): number {
    return this.#dice.between(least, most) / this.#options.speed;
  }

  /** The caller's side: maybe gives up, maybe changes the call, ends it unless the other side does. */
  async #talk(call: OutgoingCall): Promise<void> {
    const dice = this.#dice;
    if (dice.chance(0.3)) void pause(this.#ms(0, 20_000)).then(() => call.cancel({ early: dice.chance(0.5) }).catch(() => {}));
    try {
      // Longer than every target may be silent, ring, and be given up.
      await call.answered(400_000 / this.#options.speed + 5000);
      if (dice.chance(0.2)) await call.reinvite(testSdp(dice.between(30_000, 60_000)));
      const talkMs = dice.chance(0.1) ? this.#ms(60_000, 300_000) : this.#ms(0, 30_000);
      await call.waitBye(talkMs).catch(() => call.bye());
    } catch {
      // Refused, cancelled, or ended by the other side in between: the records are looked at in the end.
    }
  }

  /** A called side of any temper. */
  async #ring(call: IncomingCall): Promise<void> {
    const dice = this.#dice;
    const kind = dice.next();
    if (kind < 0.05) return;
    if (dice.chance(0.7)) call.ring(dice.pick([180, 183]), dice.chance(0.3) ? testSdp(43000) : '');
    if (kind < 0.1) return;
    await pause(dice.chance(0.3) ? 0 : this.#ms(0, 20_000));
    if (call.canceled || call.status >= 200) return;
    if (kind < 0.4) return call.reject(dice.pick([302, 403, 404, 480, 486, 487, 500, 503, 603]));
    const leg = call.answer();
    if (dice.chance(0.5)) return;
    await pause(this.#ms(0, 40_000));
    if (dice.chance(0.3)) await leg.reinvite(testSdp(43002)).catch(() => {});
    if (!leg.ended) await leg.bye().catch(() => {});
  }
}

async function restOf(stage: CallStage, calls: number, speed: number): Promise<Rest> {
  let left = await leftOf(stage);
  const isEmpty = async (): Promise<boolean> => {
    left = await leftOf(stage);
    return Object.keys(left).length === 0;
  };
  // A side that never acknowledged is waited for 64*T1; a leg whose BYE is not answered once more.
  await until(() => 'something is left', isEmpty, 100_000 / speed + 15_000).catch(() => {});
  const events = await stage.events();
  const outcomes: Record<string, number> = {};
  for (const event of events) if (event.type === 'ended') outcomes[event.outcome] = (outcomes[event.outcome] ?? 0) + 1;
  return { calls, outcomes, left, listeners: listeners(), wrongRecords: wrongRecords(events), order: attemptOrder(events) };
}

async function leftOf({ agents, engine, plane, world }: CallStage): Promise<Record<string, number>> {
  const page = await createLeaseBook(plane.redis).page({ kind: 'account', id: world.ids.account }, null, 500);
  const { dialogs, transactions, pending } = engine.counters();
  const calls = agents.reduce((sum, { agent }) => sum + agent.callCount, 0);
  const live = agents.reduce((sum, { metrics }) => sum + metrics.live, 0);
  const all = { calls, live, leases: page?.holders.length ?? 0, dialogs, transactions, pending };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
}

function wrongRecords(events: readonly CallEvent[]): string[] {
  const byCall = new Map<string, CallEvent[]>();
  for (const event of events) byCall.set(event.callId, [...(byCall.get(event.callId) ?? []), event]);
  return [...byCall].flatMap(([callId, all]) => {
    const types = all.toSorted((a, b) => a.seq - b.seq).map(({ type }) => type);
    const isWhole = all.every(({ seq }) => seq < all.length) && new Set(all.map(({ seq }) => seq)).size === all.length;
    const isClosed = types[0] === 'refused' ? types.length === 1 : types[0] === 'admitted' && types.at(-1) === 'ended';
    return isWhole && isClosed && types.filter((type) => type === 'ended').length < 2 ? [] : [`${callId}: ${types.join(' ')}`];
  });
}

const COUNT = `function () {
  let count = 0;
  for (const one of this) try { for (const name of one.eventNames()) count += one.listenerCount(name); } catch {}
  return count;
}`;

/** Listeners on every emitter that is reachable here, garbage collected. */
function listeners(): number {
  const session = new Session();
  session.connect();
  // biome-ignore lint/suspicious/noExplicitAny: the replies of the inspector.
  const ask = (method: string, params: object = {}): any => {
    let reply: unknown;
    session.post(method, params, (_error: unknown, result: unknown) => {
      reply = result;
    });
    return reply;
  };
  try {
    ask('HeapProfiler.collectGarbage');
    const prototype = ask('Runtime.evaluate', { expression: "process.getBuiltinModule('node:events').prototype" });
    const found = ask('Runtime.queryObjects', { prototypeObjectId: prototype.result.objectId });
    const { objectId } = found.objects;
    return ask('Runtime.callFunctionOn', { functionDeclaration: COUNT, objectId, returnByValue: true }).result.value;
  } finally {
    session.disconnect();
  }
}
