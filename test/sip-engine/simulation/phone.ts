import type { Result } from '../../../src/kit/result.ts';
import type { Application, Arrival } from '../../../src/sip-engine/dialog/application.ts';
import { respond } from '../../../src/sip-engine/dialog/respond.ts';
import { cancelInvite } from '../../../src/sip-engine/dialog/send-cancel.ts';
import { sendInDialog } from '../../../src/sip-engine/dialog/send-in-dialog.ts';
import { sendRequest } from '../../../src/sip-engine/dialog/send-request.ts';
import type { Sent } from '../../../src/sip-engine/dialog/sent.ts';
import { makeHeader } from '../../../src/sip-engine/message/serialize-message.ts';
import type { SipRequest } from '../../../src/sip-engine/message/sip-message.ts';
import { SipText } from '../support/sip-text.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualEngine } from './virtual-engine.ts';

type Replied = Result<Sent, string>;
type Headers = Readonly<Record<string, string>>;

/** A request it sent and what came of it. */
export interface Asked {
  readonly method: string;
  readonly txnId: string;
  readonly finals: number[];
}

/** What the scripts of a history do with a phone's arrivals. */
export interface Script {
  /** A request of the network. */
  request(message: SipText, arrival: Arrival): void;
  /** A response to a request of its own. */
  response(message: SipText, arrival: Arrival): void;
  /** A request that the engine made in its name: the call has ended. */
  ended(message: SipText, arrival: Arrival): void;
}

/** An application of one engine as drachtio-srf is one: acts by commands, hears of arrivals, and notes what must never happen. */
export class Phone implements Application {
  readonly id: string;
  readonly gone = false;
  pending = 0;
  readonly asked = new Map<string, Asked>();
  readonly faults: string[] = [];
  /** When a command was given or something arrived last. */
  lastActivity = 0;
  script: Script | undefined;
  /** Of the call it answered, as the echo of its answer tells. */
  dialogId = '';
  readonly #engine: VirtualEngine;
  readonly #clock: VirtualClock;
  readonly #delivered = new Set<string>();

  constructor(id: string, engine: VirtualEngine, clock: VirtualClock) {
    this.id = id;
    this.#engine = engine;
    this.#clock = clock;
    engine.serve(this);
  }

  /** A new request, or one in a dialog. */
  ask(method: string, uri: string, dialogId: string, headers: Headers, body: string, done: (replied: Replied) => void = () => {}): void {
    this.lastActivity = this.#clock.now;
    const message = { kind: 'request', method, uri, headers: linesOf(headers, body), body: Buffer.from(body), raw: undefined } as const;
    let replies = 0;
    const reply = (replied: Replied): void => {
      replies += 1;
      if (replies > 1) this.faults.push(`${method} was replied to ${replies} times`);
      if (replied.ok && method !== 'ACK') this.asked.set(replied.value.txnId, { method, txnId: replied.value.txnId, finals: [] });
      done(replied);
    };
    if (dialogId === '') sendRequest(this.#engine.core, this, '', message, reply);
    else sendInDialog(this.#engine.core, this, dialogId, message, reply);
    if (replies === 0) this.faults.push(`${method} was not replied to`);
  }

  cancel(txnId: string): void {
    this.lastActivity = this.#clock.now;
    const message: SipRequest = { kind: 'request', method: 'CANCEL', uri: 'sip:x', headers: [], body: Buffer.alloc(0), raw: undefined };
    cancelInvite(this.#engine.core, this, txnId, message, () => {});
  }

  /** Answers a request; true when the engine took it. */
  answer(txnId: string, status: number, headers: Headers = {}, body = ''): boolean {
    this.lastActivity = this.#clock.now;
    const parts = { headers: linesOf(headers, body), body: Buffer.from(body), raw: undefined };
    let taken = false;
    respond(this.#engine.core, this, txnId, { kind: 'response', status, reason: 'Answer', ...parts }, (replied) => {
      taken = replied.ok;
      if (replied.ok) this.dialogId = replied.value.dialogId;
    });
    return taken;
  }

  deliver(arrival: Arrival): void {
    this.lastActivity = this.#clock.now;
    const message = new SipText(arrival.bytes.toString('latin1'));
    if (message.status > 0) this.#heardAnswer(message, arrival);
    else if (arrival.source === 'application') this.script?.ended(message, arrival);
    else {
      const key = `${message.method} ${message.header('call-id')} ${message.tag('from')} ${message.header('cseq')}`;
      if (this.#delivered.has(key)) this.faults.push(`heard twice of ${key}`);
      this.#delivered.add(key);
      this.script?.request(message, arrival);
    }
  }

  #heardAnswer(message: SipText, arrival: Arrival): void {
    const asked = this.asked.get(arrival.txnId);
    if (asked === undefined) this.faults.push(`${message.startLine} to nothing it asked`);
    else if (asked.finals.length > 0) this.faults.push(`${message.status} behind ${asked.finals.join()} to ${asked.method}`);
    else if (message.status >= 200) asked.finals.push(message.status);
    this.script?.response(message, arrival);
  }
}

const linesOf = (headers: Headers, body: string) => [
  ...Object.entries(headers).map(([name, value]) => makeHeader(name, value)),
  ...(body === '' ? [] : [makeHeader('Content-Type', 'application/sdp')]),
];
