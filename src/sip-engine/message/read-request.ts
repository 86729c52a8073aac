import { err, ok, type Result } from '../../kit/result.ts';
import { isCallId, isToken, readNumber } from './characters.ts';
import { METHODS } from './methods.ts';
import { formatNameAddr, type NameAddr, parseNameAddr, parseNameAddrs } from './name-addr.ts';
import { screenHeaders } from './screen-headers.ts';
import { header, type SipHeader, type SipMessage, type SipRequest } from './sip-message.ts';
import { classifyUri } from './uri.ts';
import { isViaLine, parseVia, type Via } from './via.ts';

/** The parts of a message every layer needs, read once. */
export interface CommonView {
  /** Top Via. */
  readonly via: Via;
  readonly viaLine: string;
  readonly from: NameAddr;
  readonly to: NameAddr;
  /** '' when absent. */
  readonly fromTag: string;
  readonly toTag: string;
  readonly callId: string;
  readonly cseq: number;
  readonly cseqMethod: string;
}

/** A request that is fit for the layers above. */
export interface RequestView extends CommonView {
  readonly message: SipRequest;
  /** First Contact; undefined when absent or `*`. */
  readonly contact: NameAddr | undefined;
}

/** Why a message is not fit: the answer a request deserves. */
export interface Misfit {
  readonly status: number;
  readonly reason: string;
}

const bad = (reason: string): Result<never, Misfit> => err({ status: 400, reason });

/** Checks a request strictly enough that whatever it lets through drachtio-srf can read (RFC 3261 §8.2, §16.3). */
export function readRequest(message: SipRequest, fault: string | undefined, version: string): Result<RequestView, Misfit> {
  if (version !== '2.0') return err({ status: 505, reason: 'Version Not Supported' });
  if (fault !== undefined) return bad(fault);
  const uri = classifyUri(message.uri);
  if (uri.kind === 'bad' || (uri.kind === 'sip' && uri.uri.hasHeaders)) return bad('Bad Request-URI');
  if (uri.kind === 'other') return err({ status: 416, reason: 'Unsupported URI Scheme' });
  const common = readCommon(message);
  if (!common.ok) return common;
  if (common.value.cseqMethod !== message.method)
    return METHODS.includes(message.method) ? bad('CSeq Method Mismatch') : err({ status: 501, reason: 'Not Implemented' });
  if (common.value.fromTag === '') return bad('Missing From Tag');
  const maxForwards = header(message, 'max-forwards');
  if (maxForwards !== undefined && readNumber(maxForwards, 255) === undefined) return bad('Bad Max-Forwards');
  // RFC 3261 §10.2: what is registered is a SIP or SIPS URI.
  if (message.method === 'REGISTER' && classifyUri(common.value.to.uri).kind !== 'sip') return bad('Bad To');
  const unreadable = screenHeaders(message);
  if (unreadable !== undefined) return bad(`Bad ${unreadable}`);
  const contact = readContact(message);
  return contact.ok ? ok({ message, ...common.value, contact: contact.value }) : contact;
}

/** Reads Via, From, To, Call-ID and CSeq of any message; each but Via must be there exactly once. */
export function readCommon(message: SipMessage): Result<CommonView, Misfit> {
  const found: Record<'via' | 'from' | 'to' | 'callId' | 'cseq', SipHeader | undefined> = {
    via: undefined,
    from: undefined,
    to: undefined,
    callId: undefined,
    cseq: undefined,
  };
  for (const line of message.headers) {
    if (line.id === 'via') {
      if (found.via === undefined) found.via = line;
      else if (!isViaLine(line.value)) return bad('Bad Via');
    } else {
      const slot = line.id === 'from' || line.id === 'to' || line.id === 'cseq' ? line.id : line.id === 'call-id' ? 'callId' : undefined;
      if (slot === undefined) continue;
      if (found[slot] !== undefined) return bad(`Duplicate ${line.name}`);
      found[slot] = line;
    }
  }
  const via = found.via === undefined ? undefined : parseVia(found.via.value);
  if (found.via === undefined || via === undefined || (via.end < found.via.value.length && !isViaLine(found.via.value)))
    return bad('Bad Via');
  const from = readAddress(message, found.from);
  if (from === undefined) return bad('Bad From');
  const to = readAddress(message, found.to);
  if (to === undefined) return bad('Bad To');
  const callId = found.callId?.value ?? '';
  if (!isCallId(callId)) return bad('Bad Call-ID');
  const cseq = readCseq(found.cseq?.value ?? '');
  if (cseq === undefined) return bad('Bad CSeq');
  const tags = { fromTag: from.parameters.get('tag') ?? '', toTag: to.parameters.get('tag') ?? '' };
  return ok({ via, viaLine: found.via.value, from, to, ...tags, callId, cseq: cseq.number, cseqMethod: cseq.method });
}

const TAG_LENGTH_MAX = 256;

// A tag must be a token (RFC 3261 §19.3): drachtio-srf cuts others off, and a `|` would break its token line.
function readAddress(message: SipMessage, line: SipHeader | undefined): NameAddr | undefined {
  if (line === undefined) return undefined;
  const value = parseNameAddr(line.value);
  if (value === undefined) return undefined;
  const tag = value.parameters.get('tag');
  if (tag !== undefined && (tag.length > TAG_LENGTH_MAX || !isToken(tag))) return undefined;
  if (value.odd) {
    line.value = formatNameAddr(value);
    message.raw = undefined;
  }
  return value;
}

function readCseq(text: string): { readonly number: number; readonly method: string } | undefined {
  const blank = text.search(/[ \t]/);
  if (blank <= 0) return undefined;
  // RFC 3261 §8.1.1.5: less than 2**31.
  const number = readNumber(text.slice(0, blank), 0x7fffffff);
  const method = text.slice(blank).trim();
  return number === undefined || !isToken(method) ? undefined : { number, method };
}

/** The first Contact; refuses an INVITE or SUBSCRIBE without exactly one, and any Contact that cannot be read. */
function readContact(message: SipRequest): Result<NameAddr | undefined, Misfit> {
  let first: NameAddr | undefined;
  let count = 0;
  for (const line of message.headers) {
    if (line.id !== 'contact') continue;
    if (line.value === '*' && message.method === 'REGISTER') continue;
    const values = parseNameAddrs(line.value);
    if (values === undefined) return bad('Bad Contact');
    count += values.length;
    first ??= values[0];
    if (values.some((value) => value.odd)) {
      line.value = values.map(formatNameAddr).join(', ');
      message.raw = undefined;
    }
  }
  if (message.method === 'INVITE' || message.method === 'SUBSCRIBE') {
    if (count !== 1 || first === undefined || classifyUri(first.uri).kind !== 'sip')
      return bad(count === 0 ? 'Missing Contact' : 'Bad Contact');
  }
  return ok(first);
}
