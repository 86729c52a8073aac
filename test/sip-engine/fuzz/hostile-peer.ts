import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { METHODS } from '../../../src/sip-engine/message/methods.ts';
import type { Dice } from '../support/random.ts';
import { requestText, responseText, SDP, SipText } from '../support/sip-text.ts';
import { judgedMessages } from '../torture/invalid-messages.ts';
import { ipv6Messages } from '../torture/ipv6-messages.ts';
import { validMessages } from '../torture/valid-messages.ts';
import { mutate } from './mutate.ts';

// Calls lead deepest.
const SENT = [...METHODS, 'INVITE', 'X'];
const CORPUS = [...validMessages, ...judgedMessages, ...ipv6Messages].map(({ bytes }) => bytes.toString('latin1'));
const LEARNED_MAX = 64;

/** A peer on UDP that sends what it should not, into calls that are really there too. */
export class HostilePeer {
  readonly #socket: Socket;
  readonly #dice: Dice;
  /** Answers that came: their tags and numbers lead deep into the state machines. */
  readonly #learned: SipText[] = [];
  #count = 0;
  engine = 0;
  /** From then on it answers as it should: mangled answers are new requests now and then, and calls would beget calls for ever. */
  calm = false;

  constructor(socket: Socket, dice: Dice) {
    this.#socket = socket;
    this.#dice = dice;
    socket.on('message', (bytes) => this.#receive(new SipText(bytes.toString('latin1'))));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The next mangled message. */
  next(): string {
    this.#count += 1;
    const dice = this.#dice;
    const base = dice.chance(0.15) ? dice.pick(CORPUS) : dice.chance(0.4) && this.#learned.length > 0 ? this.#inDialog() : this.#outside();
    // Some stay whole: without them nothing would ever come into being.
    return dice.chance(0.25) ? base : mutate(base, dice.pick(CORPUS), dice);
  }

  send(text: string): void {
    // An empty datagram says nothing.
    if (text !== '') this.#socket.send(Buffer.from(text.slice(0, 60_000), 'latin1'), this.engine, '127.0.0.1');
  }

  close(): Promise<void> {
    return new Promise((done) => this.#socket.close(() => done()));
  }

  #via(branch: string): string {
    return `SIP/2.0/UDP 127.0.0.1:${this.port};${this.#dice.chance(0.2) ? 'rport;' : ''}branch=z9hG4bK${branch}`;
  }

  #outside(): string {
    const dice = this.#dice;
    const method = dice.pick(SENT);
    const text = requestText({
      method,
      uri: `sip:bob@127.0.0.1:${this.engine}`,
      via: this.#via(String(dice.between(0, 500))),
      from: `"A \\" b" <sip:a@b>;tag=${dice.between(0, 20)}`,
      to: dice.chance(0.2) ? `<sip:x@y>;tag=${dice.between(0, 20)}` : '<sip:x@y>',
      callId: `fuzz${dice.between(0, 300)}`,
      cseq: dice.between(1, 3),
      headers: [
        `Contact: <sip:party@127.0.0.1:${this.port}>`,
        'Event: presence',
        'Supported: 100rel, timer',
        'Refer-To: <sip:c@d>',
        'Date: Sat, 13 Nov 2010 23:29:00 GMT',
        ...(dice.chance(0.2) ? ['Record-Route: <sip:127.0.0.1;lr>, <sip:h2>', 'P-Asserted-Identity: "x" <sip:+1@h>, <tel:+1>'] : []),
      ],
      body: dice.chance(0.5) ? SDP : '',
    });
    return dice.chance(0.08) ? text.replace(/^.*\r\n/, `SIP/2.0 ${dice.between(100, 699)} x\r\n`) : text;
  }

  #inDialog(): string {
    const dice = this.#dice;
    const answer = dice.pick(this.#learned);
    const method = dice.pick(SENT);
    const same = method === 'ACK' || method === 'CANCEL';
    return requestText({
      method,
      uri: /<([^>]+)>/.exec(answer.header('contact'))?.[1] ?? 'sip:bob@127.0.0.1',
      via: same && dice.chance(0.6) ? answer.header('via') : this.#via(`i${this.#count}`),
      from: answer.header('from'),
      to: answer.header('to'),
      callId: answer.header('call-id'),
      cseq: same ? answer.cseq : answer.cseq + dice.between(0, 3),
      headers: [`Contact: <sip:party@127.0.0.1:${this.port}>`, `RAck: ${answer.header('rseq') || '1'} ${answer.cseq} INVITE`],
      body: dice.chance(0.3) ? SDP : '',
    });
  }

  #receive(message: SipText): void {
    const dice = this.#dice;
    if (message.status > 0) {
      if (message.cseqMethod !== 'INVITE' || message.tag('to') === '') return;
      this.#learned.push(message);
      if (this.#learned.length > LEARNED_MAX) this.#learned.shift();
      return;
    }
    if (message.method === 'ACK') return;
    if (this.calm) {
      this.send(responseText(message, message.method === 'INVITE' ? 486 : 200, { toTag: 'calm' }));
      return;
    }
    if (dice.chance(0.2)) return;
    const status = message.method === 'INVITE' ? dice.pick([100, 180, 183, 200, 200, 486, 302, 503]) : dice.pick([200, 200, 481, 401, 100]);
    const headers = [
      `Contact: <sip:party@127.0.0.1:${this.port}>`,
      ...(status === 183 ? ['Require: 100rel', `RSeq: ${dice.between(1, 3)}`] : []),
    ];
    const text = responseText(message, status, { toTag: `t${dice.between(0, 3)}`, headers, body: status === 200 ? SDP : '' });
    this.send(dice.chance(0.5) ? text : mutate(text, dice.pick(CORPUS), dice));
  }
}

/** Opens a hostile peer on a port of its own. */
export async function hostilePeer(dice: Dice): Promise<HostilePeer> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return new HostilePeer(socket, dice);
}
