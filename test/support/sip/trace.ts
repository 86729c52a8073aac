import type { SipMessage } from './message.ts';
import type { Flow } from './wire.ts';

/** One message sent or received, or a remark (`message` absent), in order. */
export interface TraceEntry {
  readonly atMs: number;
  readonly direction: 'sent' | 'received' | 'note';
  readonly peer: string;
  readonly transport: string;
  readonly message: SipMessage | undefined;
  readonly text: string;
}

/** Everything one party sent and received, in order, printable as a ladder. */
export class Trace {
  readonly entries: TraceEntry[] = [];
  /** Time of day of the first moment, as `Date.now()` has it. */
  readonly openedAt = Date.now();
  readonly #startedAt = performance.now();
  readonly #name: string;
  readonly #print: ((line: string) => void) | undefined;

  constructor(name: string, print?: (line: string) => void) {
    this.#name = name;
    this.#print = print;
  }

  record(direction: 'sent' | 'received', message: SipMessage, flow: Flow): void {
    const text = `${message.startLine}  [CSeq ${message.header('CSeq')}, ${message.callId.slice(0, 12)}]${message.body === '' ? '' : ' +body'}`;
    this.#add(direction, `${flow.host}:${flow.port}`, flow.transport, message, text);
  }

  note(text: string): void {
    this.#add('note', '', '', undefined, text);
  }

  /** Messages of one direction, oldest first. */
  messages(direction: 'sent' | 'received', method?: string): SipMessage[] {
    return this.entries.flatMap((entry) =>
      entry.direction === direction && entry.message !== undefined && (method === undefined || entry.message.method === method)
        ? [entry.message]
        : [],
    );
  }

  /** The trace as text, one line per message. */
  ladder(): string {
    return [`trace of ${this.#name}:`, ...this.entries.map((entry) => this.#line(entry))].join('\n');
  }

  /** The trace with every message in full. */
  dump(): string {
    return this.entries.map((entry) => `${this.#line(entry)}\n${entry.message?.toBytes().toString('utf8') ?? ''}`).join('\n');
  }

  #add(direction: TraceEntry['direction'], peer: string, transport: string, message: SipMessage | undefined, text: string): void {
    const entry: TraceEntry = { atMs: performance.now() - this.#startedAt, direction, peer, transport, message, text };
    this.entries.push(entry);
    this.#print?.(this.#line(entry));
  }

  #line(entry: TraceEntry): string {
    const at = (entry.atMs / 1000).toFixed(3).padStart(8);
    if (entry.direction === 'note') return `${at}  ${this.#name}  -- ${entry.text}`;
    const arrow = entry.direction === 'sent' ? '-->' : '<--';
    return `${at}  ${this.#name} ${arrow} ${entry.peer}/${entry.transport}  ${entry.text}`;
  }
}
