import type { Dice } from '../support/random.ts';
import { SipText } from '../support/sip-text.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How badly a network treats what is sent; streams lose nothing and keep their order. */
export interface Weather {
  readonly loss: number;
  readonly duplicate: number;
  readonly delayMsMax: number;
  /** Nothing gets through from then until then. */
  readonly outage: readonly [fromMs: number, toMs: number];
}

/** One message as it left. */
export interface Sent {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly message: SipText;
}

type Receive = (bytes: Buffer, from: string, reliable: boolean) => void;

/** Carries messages between addresses on the virtual clock, and writes down all of them. */
export class VirtualNetwork {
  readonly sent: Sent[] = [];
  /** What arrived, at its time of arrival. */
  readonly delivered: Sent[] = [];
  /** Sees each message before it is carried; true when it is to go no further. */
  intercept: (sent: Sent) => boolean = () => false;
  lastActivity = 0;
  readonly #nodes = new Map<string, Receive>();
  readonly #lastArrival = new Map<string, number>();
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  readonly #weather: Weather;

  constructor(clock: VirtualClock, dice: Dice, weather: Weather) {
    this.#clock = clock;
    this.#dice = dice;
    this.#weather = weather;
  }

  join(address: string, receive: Receive): void {
    this.#nodes.set(address, receive);
  }

  send(bytes: Buffer, from: string, to: string, reliable: boolean): void {
    const sent = { at: this.#clock.now, from, to, message: new SipText(bytes.toString('latin1')) };
    this.sent.push(sent);
    this.lastActivity = this.#clock.now;
    if (this.intercept(sent)) return;
    const { loss, duplicate, outage } = this.#weather;
    const copies = reliable ? 1 : this.#dice.chance(duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (!reliable && (this.#dice.chance(loss) || (this.#clock.now >= outage[0] && this.#clock.now < outage[1]))) continue;
      this.#carry(bytes, sent, reliable);
    }
  }

  #carry(bytes: Buffer, { from, to, message }: Sent, reliable: boolean): void {
    const link = `${from}>${to}`;
    let at = this.#clock.now + this.#dice.between(1, this.#weather.delayMsMax);
    if (reliable) {
      at = Math.max(at, (this.#lastArrival.get(link) ?? 0) + 0.001);
      this.#lastArrival.set(link, at);
    }
    this.#clock.after(at - this.#clock.now, () => {
      this.lastActivity = this.#clock.now;
      this.delivered.push({ at: this.#clock.now, from, to, message });
      // As off a socket: memory of its own.
      this.#nodes.get(to)?.(Buffer.from(bytes), from, reliable);
    });
  }
}
