import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Dice } from '../support/random.ts';
import { CALLED, CALLER } from './addresses.ts';
import { History } from './call-history.ts';
import { judgeWire } from './judge-wire.ts';
import { Phone } from './phone.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type VirtualEngine, virtualEngine } from './virtual-engine.ts';
import { type Sent, VirtualNetwork, type Weather } from './virtual-network.ts';

/** How long two engines are driven by calls, on their own clock. */
export interface LongRunOptions {
  readonly seed: number;
  readonly hours: number;
  /** New calls per second of that clock. */
  readonly rate: number;
  /** Told after each hour of it. */
  readonly hour?: (sample: HourSample) => void;
}

/** How it stands after an hour. */
export interface HourSample {
  readonly hour: number;
  readonly calls: number;
  readonly messages: number;
  /** What runs at that moment. */
  readonly open: number;
  /** Garbage collected. */
  readonly heapBytes: number;
}

export interface LongRun {
  readonly calls: number;
  readonly messages: number;
  /** What must never happen and did, and what is left in the engines when all is over. */
  readonly faults: readonly string[];
  readonly events: ReadonlySet<string>;
  readonly samples: readonly HourSample[];
}

interface Running {
  readonly history: History;
  readonly startedAt: number;
  readonly sent: Sent[];
  readonly delivered: Sent[];
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Rings 90 s, talks 300 s, and every transaction of it gives up 64*T1 later. */
const OVER_MS = 12 * MINUTE_MS;
const FAULTS_MAX = 20;

/** Random calls between two engines that live all the time, through a network whose weather changes every few minutes. */
export async function playLong(options: LongRunOptions): Promise<LongRun> {
  const clock = new VirtualClock();
  const dice = new Dice(options.seed);
  const weather = { loss: 0, duplicate: 0, delayMsMax: 20, outage: [0, 0] as readonly [number, number] };
  const network = new VirtualNetwork(clock, dice, weather);
  const engines = [await virtualEngine(CALLER, clock, network), await virtualEngine(CALLED, clock, network)] as const;
  const run = new Run(options, { clock, dice, network, weather, engines });
  run.start();
  while (clock.step(options.hours * HOUR_MS + 2 * OVER_MS)) {}
  return run.result();
}

interface World {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly network: VirtualNetwork;
  readonly weather: { -readonly [K in keyof Weather]: Weather[K] };
  readonly engines: readonly [VirtualEngine, VirtualEngine];
}

/** The same engine, whose phones are found by call. */
const unserved = (engine: VirtualEngine): VirtualEngine => ({ ...engine, serve: () => {} });

class Run {
  readonly #options: LongRunOptions;
  readonly #world: World;
  readonly #running = new Map<string, Running>();
  readonly #ofCall = new Map<string, string>();
  readonly #faults: string[] = [];
  readonly #events = new Set<string>();
  readonly #samples: HourSample[] = [];
  #calls = 0;
  #messages = 0;

  constructor(options: LongRunOptions, world: World) {
    this.#options = options;
    this.#world = world;
  }

  start(): void {
    const { engines, clock } = this.#world;
    // A phone of its own for each call that comes in; whose it is its number tells.
    engines[1].serve(() => this.#newPhone());
    this.#place();
    const minutes = this.#options.hours * 60;
    for (let minute = 1; minute <= minutes; minute += 1) clock.after(minute * MINUTE_MS, () => this.#minute(minute));
    for (let late = 1; late <= (2 * OVER_MS) / MINUTE_MS; late += 1) clock.after((minutes + late) * MINUTE_MS, () => this.#sort());
  }

  #newPhone(): Phone {
    const { engines, clock } = this.#world;
    const phone = new Phone('called', unserved(engines[1]), clock);
    phone.script = {
      request: (message, arrival) => {
        const user = /^sip:([^@]+)@/.exec(message.uri)?.[1] ?? '';
        const running = this.#running.get(user);
        if (running === undefined) {
          this.#fault(`${message.startLine} came when its call was over`);
          return;
        }
        running.history.takeWith(phone);
        phone.script?.request(message, arrival);
      },
      response: () => {},
      ended: () => {},
    };
    return phone;
  }

  #place(): void {
    const { clock, dice, engines } = this.#world;
    if (clock.now >= this.#options.hours * HOUR_MS) return;
    this.#calls += 1;
    const user = `bob${this.#calls}`;
    const history = new History(dice, clock, [unserved(engines[0]), unserved(engines[1])], dice.chance(0.2) ? ';transport=tcp' : '', user);
    this.#running.set(user, { history, startedAt: clock.now, sent: [], delivered: [] });
    history.start();
    clock.after((-Math.log(1 - dice.next()) * 1000) / this.#options.rate, () => this.#place());
  }

  #minute(minute: number): void {
    if (minute % 5 === 0) this.#changeWeather();
    this.#sort();
    if (minute % 60 !== 0) return;
    const sample = {
      hour: minute / 60,
      calls: this.#calls,
      messages: this.#messages,
      open: this.#running.size,
      heapBytes: collectedHeap(),
    };
    this.#samples.push(sample);
    this.#options.hour?.(sample);
  }

  #changeWeather(): void {
    const { dice, weather, clock } = this.#world;
    const kind = dice.next();
    weather.loss = kind < 0.5 ? 0 : kind < 0.95 ? 0.25 * dice.next() : 0.6;
    weather.duplicate = dice.chance(0.5) ? 0 : 0.3;
    weather.delayMsMax = dice.pick([1, 20, 20, 300, 1500]);
    const from = clock.now + dice.between(0, 200_000);
    weather.outage = dice.chance(0.1) ? [from, from + dice.between(500, 45_000)] : [0, 0];
  }

  /** Gives each message to its call, and judges the calls that are over. */
  #sort(): void {
    const { network, clock } = this.#world;
    this.#messages += network.sent.length;
    for (const sent of network.sent.splice(0)) this.#owner(sent)?.sent.push(sent);
    for (const sent of network.delivered.splice(0)) this.#owner(sent)?.delivered.push(sent);
    for (const [user, running] of this.#running) {
      if (running.startedAt + OVER_MS > clock.now) break;
      this.#running.delete(user);
      for (const { message } of running.sent) this.#ofCall.delete(message.header('call-id'));
      for (const event of running.history.events) this.#events.add(event);
      for (const fault of [...running.history.faults(), ...judgeWire(running.sent, running.delivered)]) this.#fault(`${user}: ${fault}`);
    }
  }

  #owner({ message }: Sent): Running | undefined {
    const callId = message.header('call-id');
    const known = this.#ofCall.get(callId);
    if (known !== undefined) return this.#running.get(known);
    const user = /^sip:(bob[0-9]+)@/.exec(message.uri)?.[1];
    if (user === undefined) {
      this.#fault(`${message.startLine} of no call that runs`);
      return undefined;
    }
    this.#ofCall.set(callId, user);
    return this.#running.get(user);
  }

  #fault(text: string): void {
    if (this.#faults.length < FAULTS_MAX) this.#faults.push(text);
  }

  result(): LongRun {
    const { engines } = this.#world;
    for (const [index, engine] of engines.entries()) {
      for (const fault of engine.faults) this.#fault(`engine ${index} reported ${fault}`);
      for (const what of engine.left()) this.#fault(`engine ${index} has ${what} left`);
    }
    if (this.#running.size > 0) this.#fault(`${this.#running.size} calls were not judged`);
    return { calls: this.#calls, messages: this.#messages, faults: this.#faults, events: this.#events, samples: this.#samples };
  }
}

let collect: (() => void) | undefined;

function collectedHeap(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  return process.memoryUsage().heapUsed;
}
