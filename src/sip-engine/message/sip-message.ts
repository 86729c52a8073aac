/** One header line; several values of one header may share a line (`value` is never split or joined here). */
export interface SipHeader {
  /** Lower-case long form: `via`, `call-id`. */
  readonly id: string;
  /** The name as received or as it goes out. */
  readonly name: string;
  value: string;
  /** True: an application is not shown it; what is only passed on keeps it (RFC 3261 §16.6, §22.3). */
  hidden?: true;
}

interface MessageParts {
  /** In the order of the wire. */
  readonly headers: SipHeader[];
  readonly body: Buffer;
  /** The bytes as received, when an application may be shown them unchanged. */
  raw: Buffer | undefined;
}

/** A SIP request; text is latin1, so bytes survive. */
export interface SipRequest extends MessageParts {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  /** What each answer copies from it (RFC 3261 §8.2.6.2), kept from the first answer on: a request comes from one peer only. */
  echo?: RequestEcho;
}

/** Header lines of a request as they stand in its answers, each with its CRLF. */
export interface RequestEcho {
  readonly viaAndRoutes: string;
  /** The same without Record-Route. */
  readonly via: string;
  readonly from: string;
  /** The To line without its CRLF: a tag may follow. */
  readonly to: string;
  readonly toTagged: boolean;
  readonly callIdAndCseq: string;
  readonly timestamp: string;
}

/** A SIP response; text is latin1, so bytes survive. */
export interface SipResponse extends MessageParts {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}

/** A SIP request or response. */
export type SipMessage = SipRequest | SipResponse;

/** The value of the first line of this header, or undefined. */
export function header(message: { readonly headers: readonly SipHeader[] }, id: string): string | undefined {
  for (const line of message.headers) if (line.id === id) return line.value;
  return undefined;
}

/** The values of all lines of this header, in order. */
export function headerLines(message: { readonly headers: readonly SipHeader[] }, id: string): string[] {
  const values: string[] = [];
  for (const line of message.headers) if (line.id === id) values.push(line.value);
  return values;
}

/** True when a comma-separated header of option tags or methods names `token` (case-insensitive). */
export function headerListHas(message: { readonly headers: readonly SipHeader[] }, id: string, token: string): boolean {
  for (const line of message.headers) {
    if (line.id === id && line.value.split(',').some((item) => item.trim().toLowerCase() === token)) return true;
  }
  return false;
}
