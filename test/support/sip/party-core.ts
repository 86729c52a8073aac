import { ClientTransaction } from './client-transaction.ts';
import { type ClientListener, type Core, newBranch } from './core.ts';
import { Mailbox } from './mailbox.ts';
import type { SipMessage } from './message.ts';
import { TimerSet } from './timer-set.ts';
import type { Trace } from './trace.ts';
import type { Flow, HostPort, Transport, Wire } from './wire.ts';

/** What a core is made with; see `PartyOptions`. */
export interface CoreOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly giveUpMs: number;
  readonly outbound: HostPort | undefined;
}

/** The shared state of one party: its address, clock, trace, running client transactions and waits. */
export class PartyCore implements Core {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly giveUpMs: number;
  readonly trace: Trace;
  readonly timers = new TimerSet();
  readonly violations: string[] = [];
  /** Every message that came in; waits leave them there. */
  readonly received: Mailbox<SipMessage>;
  readonly #wire: Wire;
  readonly #outbound: HostPort | undefined;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #endings = new Set<(error: Error) => void>();

  constructor(wire: Wire, trace: Trace, options: CoreOptions) {
    this.host = options.host;
    this.port = options.port;
    this.user = options.user;
    this.t1Ms = options.t1Ms;
    this.t2Ms = options.t2Ms;
    this.giveUpMs = options.giveUpMs;
    this.trace = trace;
    this.#wire = wire;
    this.#outbound = options.outbound;
    this.received = this.mailbox();
  }

  send(message: SipMessage, flow: Flow, onFailure?: (error: Error) => void): void {
    this.trace.record('sent', message, flow);
    this.#wire.send(message.toBytes(), flow).catch((error: Error) => {
      this.trace.note(`not sent to ${flow.host}:${flow.port}: ${error.message}`);
      onFailure?.(error);
    });
  }

  start(request: SipMessage, flow: Flow, listener: ClientListener): ClientTransaction {
    const client = new ClientTransaction(this, request, flow, listener);
    this.#clients.set(`${request.branch} ${request.method}`, client);
    client.start();
    return client;
  }

  transact(request: SipMessage, flow: Flow, timeoutMs: number): Promise<SipMessage> {
    const finals = this.mailbox<SipMessage>();
    this.start(request, flow, { final: (response) => finals.push(response), failed: (error) => finals.close(error) });
    return finals.see(`final response to ${request.method}`, timeoutMs);
  }

  /** Gives a response to the transaction it answers. */
  receiveResponse(response: SipMessage): void {
    const client = this.#clients.get(`${response.branch} ${response.method}`);
    if (client === undefined) this.violation(`${response.startLine} answers no request of ours`);
    else client.receive(response);
  }

  mailbox<T>(): Mailbox<T> {
    const box = new Mailbox<T>(this.timers, () => this.trace.ladder());
    this.#endings.add((error) => box.close(error));
    return box;
  }

  contact(transport: Transport): string {
    return `<sip:${this.user}@${this.host}:${this.port}${transport === 'tcp' ? ';transport=tcp' : ''}>`;
  }

  via(transport: Transport, branch = newBranch()): string {
    return `SIP/2.0/${transport.toUpperCase()} ${this.host}:${this.port};branch=${branch};rport`;
  }

  flowTo(hop: HostPort & { readonly transport: Transport }): Flow {
    return { ...hop, ...this.#outbound };
  }

  violation(text: string): void {
    this.violations.push(text);
    this.trace.note(`violation: ${text}`);
  }

  /** Ends every wait and timer. */
  stop(): void {
    for (const end of this.#endings) end(new Error('the party was closed'));
    for (const client of this.#clients.values()) client.stop();
    this.timers.clear();
  }
}
