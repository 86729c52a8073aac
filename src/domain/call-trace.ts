/** One SIP message of a call, as the SIP server saw it. */
export interface TraceMessage {
  /** Milliseconds since 1970, with a fraction, by the clock of the SIP server. */
  readonly at: number;
  /** Of us: `in` came to us. */
  readonly direction: 'in' | 'out';
  /** Whose leg it belongs to. */
  readonly leg: 'caller' | 'callee';
  readonly sipCallId: string;
  readonly transport: string;
  /** Numeric, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** Start line, headers and body; one character a byte, secrets masked. */
  readonly text: string;
}

/** What is left of the messages of a call. */
export interface CallTrace {
  /** Oldest first. */
  readonly messages: readonly TraceMessage[];
  /** Messages that were not kept: too many of one leg. */
  readonly left: number;
}

const MESSAGES_MAX = 20_000;

/** Reads what agents answered: a list of what each of their SIP servers has. Whatever nobody can read is left out. */
export function readTrace(answers: readonly string[], callerCallId: string): CallTrace {
  const messages: TraceMessage[] = [];
  let left = 0;
  for (const part of answers.flatMap(partsOf)) {
    for (const one of listIn(part.messages)) messages.push(...messageOf(one, callerCallId));
    left += typeof part.left === 'number' ? part.left : 0;
  }
  return { messages: messages.slice(0, MESSAGES_MAX).sort((a, b) => a.at - b.at), left };
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MESSAGES_MAX) : []);

function partsOf(answer: string): Record<string, unknown>[] {
  try {
    return listIn(JSON.parse(answer)).filter((part): part is Record<string, unknown> => typeof part === 'object' && part !== null);
  } catch {
    return [];
  }
}

function messageOf(value: unknown, callerCallId: string): TraceMessage[] {
  if (typeof value !== 'object' || value === null) return [];
  const { call_id: sipCallId, at, direction, transport, address, port, text } = value as Record<string, unknown>;
  if (typeof sipCallId !== 'string' || typeof at !== 'number' || (direction !== 'in' && direction !== 'out')) return [];
  if (typeof transport !== 'string' || typeof address !== 'string' || typeof port !== 'number' || typeof text !== 'string') return [];
  return [{ at, direction, leg: sipCallId === callerCallId ? 'caller' : 'callee', sipCallId, transport, address, port, text }];
}

/** `address:port/transport`, IPv6 in brackets. */
export const peerOf = ({ address, port, transport }: Pick<TraceMessage, 'address' | 'port' | 'transport'>): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}/${transport}`;

/** The messages one after the other, each below a line that says when, which way and to or from whom. */
export const traceText = ({ messages, left }: CallTrace): string =>
  messages
    .map((one) => `--- ${new Date(one.at).toISOString()} ${one.leg} ${one.direction} ${peerOf(one)}\n${shown(one.text)}\n`)
    .concat(left > 0 ? [`--- ${left} more were not kept\n`] : [])
    .join('');

// What a peer sent is for eyes: control characters would speak to the terminal.
const shown = (text: string): string => text.replaceAll('\r\n', '\n').replace(/[^\n\t -~\u00a0-\u00ff]/g, '.');
