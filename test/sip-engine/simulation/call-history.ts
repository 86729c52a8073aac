import type { Arrival } from '../../../src/sip-engine/dialog/application.ts';
import { Dice } from '../support/random.ts';
import { SDP, type SipText } from '../support/sip-text.ts';
import { CALLED, CALLER } from './addresses.ts';
import { ForkedPeer } from './forked-peer.ts';
import { judgeWire } from './judge-wire.ts';
import { Phone } from './phone.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type VirtualEngine, virtualEngine } from './virtual-engine.ts';
import { VirtualNetwork, type Weather } from './virtual-network.ts';

/** What one history came to. */
export interface Outcome {
  /** What must never happen and did; empty as a rule. */
  readonly faults: readonly string[];
  /** What happened in it, for the sum over all histories. */
  readonly events: ReadonlySet<string>;
  readonly messages: number;
  /** Every message, for who looks into a fault. */
  readonly trace: () => string;
}

/** 64*T1. */
const LONG_MS = 32_000;
/** Nobody's call lasts longer: a network may swallow every BYE of the other side. */
const TALK_MS_MAX = 300_000;

function weatherOf(dice: Dice): Weather {
  const kind = dice.next();
  const from = dice.between(0, 12_000);
  return {
    loss: kind < 0.3 ? 0 : kind < 0.9 ? 0.25 * dice.next() : 0.6,
    duplicate: dice.chance(0.5) ? 0 : 0.3,
    delayMsMax: dice.pick([1, 20, 300, 1500, 4000]),
    outage: dice.chance(0.15) ? [from, from + dice.between(500, 45_000)] : [0, 0],
  };
}

/** One call between two engines, with everything that may cross, get lost, come late or twice, as `seed` says. */
export async function playHistory(seed: number): Promise<Outcome> {
  const dice = new Dice(seed);
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, dice, weatherOf(dice));
  const engines = [await virtualEngine(CALLER, clock, network), await virtualEngine(CALLED, clock, network)] as const;
  const fork = dice.chance(0.2) ? new ForkedPeer(network, clock, dice) : undefined;
  const reliable = fork === undefined && dice.chance(0.2);
  const history = new History(dice, clock, engines, reliable ? ';transport=tcp' : '');
  history.start();
  while (clock.step(3_600_000)) {}
  const faults = [...history.faults(), ...judgeWire(network.sent, network.delivered)];
  for (const [index, engine] of engines.entries()) {
    faults.push(...engine.faults.map((fault) => `engine ${index} reported ${fault}`));
    faults.push(...engine.left().map((what) => `engine ${index} has ${what} left`));
  }
  const last = Math.max(network.lastActivity, history.lastActivity);
  const ran = Math.max(...engines.map(({ scheduler }) => scheduler.lastRunAt));
  if (ran > last + LONG_MS + 10) faults.push(`a timer ran ${ran - last} ms behind everything`);
  const trace = (): string =>
    [...network.sent.map((sent) => ({ ...sent, sign: '->' })), ...network.delivered.map((sent) => ({ ...sent, sign: '=>' }))]
      .sort((a, b) => a.at - b.at)
      .map(
        ({ at, from, to, sign, message }) =>
          `${Math.round(at)} ${from.slice(-1)}${sign}${to.slice(-1)} ${message.startLine} [${message.header('cseq')}] ${message.tag('to')}`,
      )
      .join('\n');
  return { faults, events: history.events, messages: network.sent.length, trace };
}

/** What a side does once the call is up. */
interface Side {
  phone: Phone;
  readonly name: string;
  dialogId: string;
  up: boolean;
  over: boolean;
  retries: number;
}

/** The story of one call, as its dice fall. */
export class History {
  readonly events = new Set<string>();
  readonly #dice: Dice;
  readonly #clock: VirtualClock;
  readonly #caller: Side;
  readonly #called: Side;
  readonly #uri: string;
  #callerTxn = '';

  /** `params`: what follows the address of the called one, who is `user` there. */
  constructor(dice: Dice, clock: VirtualClock, engines: readonly [VirtualEngine, VirtualEngine], params: string, user = 'bob') {
    this.#dice = dice;
    this.#clock = clock;
    const side = (name: string, engine: VirtualEngine): Side => ({
      phone: new Phone(name, engine, clock),
      name,
      dialogId: '',
      up: false,
      over: false,
      retries: 0,
    });
    this.#caller = side('caller', engines[0]);
    this.#called = side('called', engines[1]);
    this.#uri = `sip:${user}@${CALLED}:5060${params}`;
    this.events.add(params === '' ? 'udp' : 'tcp');
  }

  get lastActivity(): number {
    return Math.max(this.#caller.phone.lastActivity, this.#called.phone.lastActivity);
  }

  /** What a party saw that it must not see, once all is over. */
  faults(): string[] {
    return [this.#caller, this.#called].flatMap(({ phone, name, up, over }) => [
      ...phone.faults.map((fault) => `${name} ${fault}`),
      ...[...phone.asked.values()].filter(({ finals }) => finals.length !== 1).map(({ method }) => `${name} has no answer to ${method}`),
      ...(up && !over ? [`${name} was never told that the call is over`] : []),
      ...(phone.pending === 0 ? [] : [`${name} has ${phone.pending} pending`]),
    ]);
  }

  start(): void {
    const { phone } = this.#caller;
    this.#caller.phone.script = {
      request: (message, arrival) => this.#inDialog(this.#caller, message, arrival),
      response: (message, arrival) => this.#answered(this.#caller, message, arrival),
      ended: () => this.#end(this.#caller, 'engine ended it for the caller'),
    };
    this.takeWith(this.#called.phone);
    phone.ask('INVITE', this.#uri, '', { Supported: '100rel' }, SDP, (replied) => {
      if (replied.ok) this.#callerTxn = replied.value.txnId;
    });
    if (this.#dice.chance(0.35)) this.#later(this.#moment(), () => this.#cancel());
  }

  /** The called side takes the call with this phone. */
  takeWith(phone: Phone): void {
    this.#called.phone = phone;
    phone.script = {
      request: (message, arrival) =>
        arrival.dialogId === '' ? this.#ring(message, arrival) : this.#inDialog(this.#called, message, arrival),
      response: (message, arrival) => this.#answered(this.#called, message, arrival),
      ended: () => this.#end(this.#called, 'engine ended it for the called'),
    };
  }

  /** Moments meet each other often. */
  #moment(): number {
    return this.#dice.chance(0.5) ? 100 * this.#dice.between(0, 20) : this.#dice.between(0, 9000);
  }

  #later(ms: number, run: () => void): void {
    this.#clock.after(ms, run);
  }

  #cancel(): void {
    if (this.#caller.up || this.#caller.over) return;
    this.events.add('cancel');
    this.#caller.phone.cancel(this.#callerTxn);
  }

  /** A new call at the called side: whatever it says, it says in this order. */
  #ring(_message: SipText, { txnId }: Arrival): void {
    const { phone } = this.#called;
    const dice = this.#dice;
    const reliable = (): Record<string, string> => (dice.chance(0.4) ? { Require: '100rel' } : {});
    let at = 0;
    for (const status of [180, 183].filter(() => dice.chance(0.6))) {
      at += dice.chance(0.5) ? 0 : dice.between(0, 3000);
      this.#later(at, () => void phone.answer(txnId, status, reliable(), status === 183 ? SDP : ''));
    }
    const final = dice.next();
    if (final < 0.06) {
      this.events.add('silent');
      return;
    }
    at += final < 0.15 ? dice.between(30_000, 90_000) : this.#moment();
    this.#later(at, () => {
      if (final < 0.35) {
        if (phone.answer(txnId, dice.pick([302, 404, 486, 500, 603]))) this.events.add('refused');
        return;
      }
      if (!phone.answer(txnId, 200, {}, SDP)) return;
      this.events.add('answered');
      this.#up(this.#called);
    });
  }

  #up(side: Side): void {
    if (side.up) return;
    side.up = true;
    const dice = this.#dice;
    const talkMs = dice.chance(0.3) ? TALK_MS_MAX : dice.chance(0.5) ? 200 * dice.between(0, 10) : dice.between(0, 20_000);
    this.#later(talkMs, () => this.#hangUp(side));
    for (let n = dice.between(0, 2); n > 0; n -= 1) {
      const method = dice.pick(['INVITE', 'INVITE', 'UPDATE', 'INFO']);
      this.#later(dice.chance(0.5) ? 500 * dice.between(0, 4) : dice.between(0, 10_000), () => this.#change(side, method));
    }
  }

  #change(side: Side, method: string): void {
    if (side.over || side.dialogId === '') return;
    this.events.add(`in dialog ${method}`);
    side.phone.ask(method, 'sip:placeholder', side.dialogId, {}, method === 'INFO' ? '' : SDP);
  }

  #hangUp(side: Side): void {
    if (side.over) return;
    if (side.dialogId === '') {
      // It has answered, and its dialog is named by the first request in it: drachtio-srf has the name from the echo of its answer.
      side.dialogId = side.phone.dialogId;
    }
    this.events.add(`${side.name} hangs up`);
    side.phone.ask('BYE', 'sip:placeholder', side.dialogId, {}, '', (replied) => {
      if (!replied.ok) this.#end(side, 'call was gone');
    });
  }

  #end(side: Side, how: string): void {
    side.over = true;
    this.events.add(how);
  }

  #inDialog(side: Side, message: SipText, { txnId, dialogId }: Arrival): void {
    const dice = this.#dice;
    side.dialogId = dialogId;
    switch (message.method) {
      case 'ACK':
        this.events.add('acknowledged');
        return;
      case 'CANCEL':
        // drachtio-srf answers 487 by itself and must not be heard.
        if (side.phone.answer(txnId, 487)) side.phone.faults.push('a cancelled call could be answered');
        return;
      case 'BYE':
        this.#end(side, `bye at the ${side.name}`);
        if (dice.chance(0.95)) this.#later(dice.chance(0.7) ? 0 : dice.between(0, 3000), () => void side.phone.answer(txnId, 200));
        return;
      default: {
        const status = message.method === 'INVITE' && dice.chance(0.2) ? 488 : 200;
        const body = status === 200 && message.method !== 'INFO' && message.method !== 'PRACK' ? SDP : '';
        if (dice.chance(0.04)) return;
        this.#later(dice.chance(0.6) ? 0 : dice.between(0, 4000), () => void side.phone.answer(txnId, status, {}, body));
      }
    }
  }

  #answered(side: Side, message: SipText, { txnId, dialogId }: Arrival): void {
    const dice = this.#dice;
    const asked = side.phone.asked.get(txnId);
    if (asked === undefined) return;
    const { status } = message;
    if (asked.method === 'BYE' && status >= 200) this.#end(side, 'bye was answered');
    if (asked.method !== 'INVITE') return;
    if (status < 200) {
      const rseq = message.header('rseq');
      if (rseq === '') return;
      this.events.add('reliable');
      const headers = { RAck: `${rseq} ${message.header('cseq')}` };
      if (dice.chance(0.95)) this.#later(dice.chance(0.7) ? 0 : dice.between(0, 2000), () => this.#prack(side, dialogId, headers));
      return;
    }
    if (status === 491 && side.retries < 2) {
      side.retries += 1;
      this.#later(dice.between(0, 4000), () => this.#change(side, 'INVITE'));
    }
    if (status >= 300) {
      // drachtio-srf acknowledges those too, and is told that this is done.
      side.phone.ask('ACK', 'sip:placeholder', dialogId, {}, '');
      if (txnId === this.#callerTxn) this.#end(side, `caller heard ${status >= 400 ? Math.floor(status / 100) : 3}xx`);
      return;
    }
    side.dialogId = dialogId;
    const wait = dice.next();
    const ackMs = wait < 0.6 ? 0 : wait < 0.94 ? dice.between(0, 2000) : dice.between(20_000, 40_000);
    if (wait < 0.97) this.#later(ackMs, () => side.phone.ask('ACK', 'sip:placeholder', dialogId, {}, ''));
    if (txnId === this.#callerTxn) this.#up(side);
  }

  #prack(side: Side, dialogId: string, headers: Record<string, string>): void {
    if (!side.over) side.phone.ask('PRACK', 'sip:placeholder', dialogId, headers, '');
  }
}
