import type { Dice } from '../support/random.ts';
import { responseText, SDP, SipText } from '../support/sip-text.ts';
import { CALLED, CALLER, FORKED } from './addresses.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { Sent, VirtualNetwork } from './virtual-network.ts';

const T1_MS = 500;

/**
 * A second branch of the call, as a forking proxy would have made it that stays out of the way: it rings and maybe answers with a
 * tag of its own. When it answers, the proxy keeps the first branch's refusal to itself (RFC 3261 §16.7).
 */
export class ForkedPeer {
  answered = false;
  readonly #willAnswer: boolean;
  readonly #network: VirtualNetwork;
  readonly #clock: VirtualClock;
  readonly #dice: Dice;
  #invite: SipText | undefined;
  #cancelled = false;
  #acknowledged = false;

  constructor(network: VirtualNetwork, clock: VirtualClock, dice: Dice) {
    this.#network = network;
    this.#clock = clock;
    this.#dice = dice;
    this.#willAnswer = dice.chance(0.7);
    network.join(FORKED, (bytes) => this.#receive(bytes));
    network.intercept = (sent) => this.#see(sent);
  }

  #see({ from, to, message }: Sent): boolean {
    if (from === CALLER && to === CALLED) {
      if (message.method === 'INVITE' && message.tag('to') === '' && this.#invite === undefined) this.#ring(message);
      else if (message.method === 'CANCEL') this.#cancelled = true;
    }
    const keeps = this.answered || (this.#willAnswer && !this.#cancelled);
    if (from !== CALLED || !keeps || message.status < 300 || message.cseqMethod !== 'INVITE') return false;
    const invite = this.#invite;
    if (invite === undefined || message.cseq !== invite.cseq) return false;
    // The proxy's own acknowledgement of the refusal it keeps.
    const lines = ['via', 'from', 'call-id'].map((name) => `${name}: ${message.header(name)}`);
    const ack = `ACK ${invite.uri} SIP/2.0\r\n${lines.join('\r\n')}\r\nTo: ${message.header('to')}\r\nCSeq: ${message.cseq} ACK\r\nContent-Length: 0\r\n\r\n`;
    this.#network.send(Buffer.from(ack, 'latin1'), CALLER, CALLED, false);
    return true;
  }

  #ring(invite: SipText): void {
    this.#invite = invite;
    if (this.#dice.chance(0.7)) this.#clock.after(this.#dice.between(50, 2000), () => this.#answer(180));
    if (this.#willAnswer)
      this.#clock.after(this.#dice.chance(0.5) ? 100 * this.#dice.between(1, 20) : this.#dice.between(0, 9000), () => this.#pickUp());
  }

  #pickUp(): void {
    if (this.#cancelled) return;
    this.answered = true;
    let intervalMs = T1_MS;
    const until = this.#clock.now + 64 * T1_MS;
    const again = (): void => {
      if (this.#acknowledged || this.#clock.now >= until) return;
      this.#answer(200);
      this.#clock.after(intervalMs, again);
      intervalMs = Math.min(2 * intervalMs, 4000);
    };
    again();
  }

  #answer(status: number): void {
    const invite = this.#invite;
    if (invite === undefined || (status < 200 && (this.answered || this.#cancelled))) return;
    const text = responseText(invite, status, {
      toTag: 'forked',
      headers: [`Contact: <sip:fork@${FORKED}:5060>`],
      body: status === 200 ? SDP : '',
    });
    this.#network.send(Buffer.from(text, 'latin1'), FORKED, CALLER, false);
  }

  #receive(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    if (text.startsWith('ACK ')) this.#acknowledged = true;
    else if (text.startsWith('BYE ') || text.startsWith('INFO ') || text.startsWith('UPDATE ')) this.#accept(bytes);
    else if (text.startsWith('INVITE ')) this.#accept(bytes);
  }

  #accept(bytes: Buffer): void {
    this.#network.send(Buffer.from(responseText(new SipText(bytes.toString('latin1')), 200), 'latin1'), FORKED, CALLER, false);
  }
}
