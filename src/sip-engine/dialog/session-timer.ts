import { err, ok, type Result } from '../../kit/result.ts';
import { readNumber } from '../message/characters.ts';
import type { RequestView } from '../message/read-request.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerListHas, type SipHeader, type SipMessage } from '../message/sip-message.ts';
import type { Timer } from '../transaction/scheduler.ts';
import type { Core } from './core.ts';

type Headers = Pick<SipMessage, 'headers'>;

/** How long a session lives and who keeps it alive (RFC 4028). */
export interface SessionTerms {
  readonly seconds: number;
  readonly weRefresh: boolean;
}

/** The session timer of a dialog. */
export interface Session extends SessionTerms {
  /** Until the next refresh of ours, or until the far side has not refreshed in time. */
  readonly timer: Timer;
  readonly endsAtMs: number;
  /** The far side takes UPDATE: our refresh needs no SDP then. */
  readonly byUpdate: boolean;
  /** What we said about media last, for a refresh by INVITE. */
  readonly sdp: Buffer | undefined;
  /** Our INVITE is out. */
  refreshing: boolean;
}

/** No session may be shorter (RFC 4028 §4). */
export const SESSION_SECONDS_MIN = 90;
/** A session that is longer is as good as none: 68 years. */
export const SESSION_SECONDS_MAX = 0x7fff_ffff;

/** The Session-Expires of a message; undefined when there is none that can be read. */
export function sessionExpires(message: Headers): { readonly seconds: number; readonly refresher: 'uac' | 'uas' | undefined } | undefined {
  const [text = '', ...parameters] = (header(message, 'session-expires') ?? '').split(';').map((part) => part.trim());
  const seconds = readNumber(text, SESSION_SECONDS_MAX);
  if (seconds === undefined) return undefined;
  const named = parameters.find((part) => /^refresher\s*=/i.test(part))?.split('=')[1];
  const refresher = named?.trim().toLowerCase();
  return { seconds, refresher: refresher === 'uac' || refresher === 'uas' ? refresher : undefined };
}

/** The Min-SE of a message: 90 where it says nothing (RFC 4028 §5). */
export function minSe(message: Headers): number {
  const text = (header(message, 'min-se') ?? '').split(';')[0] ?? '';
  return Math.max(SESSION_SECONDS_MIN, readNumber(text.trim(), SESSION_SECONDS_MAX) ?? 0);
}

// A proxy may ask in the name of a caller who knows none, but never says who refreshes (RFC 4028 §8.1).
const knowsTimers = (request: Headers): boolean =>
  headerListHas(request, 'supported', 'timer') || sessionExpires(request)?.refresher !== undefined;

/** What a request with too short a session is told with 422; undefined: it is not too short, or could not do better (RFC 4028 §8, §9). */
export function tooShort(core: Core, { message }: RequestView): SipHeader[] | undefined {
  const { method } = message;
  if (method !== 'INVITE' && method !== 'UPDATE') return undefined;
  const asked = sessionExpires(message);
  if (asked === undefined || asked.seconds >= core.sessions.minSeconds || !knowsTimers(message)) return undefined;
  return [makeHeader('Min-SE', String(core.sessions.minSeconds))];
}

/**
 * The terms of our 2xx to a request (RFC 4028 §9): what the far side asked for and at most what the application wants, which may
 * ask for a timer of its own where the far side knows them. `held`: the terms so far. undefined: no timer.
 */
export function answerTerms(
  core: Core,
  request: Headers,
  given: Headers | undefined,
  held: SessionTerms | undefined,
): SessionTerms | undefined {
  const asked = sessionExpires(request);
  const knows = knowsTimers(request);
  const wanted = given === undefined ? undefined : sessionExpires(given);
  const own = wanted?.seconds ?? (knows ? core.sessions.seconds : 0);
  const ours = own > 0 ? own : asked === undefined ? held?.seconds : undefined;
  // Without the far side's help only we can keep it alive, and only where somebody asked.
  if (asked === undefined && (ours === undefined || (!knows && wanted === undefined && held?.weRefresh !== true))) return undefined;
  const floor = Math.max(minSe(request), core.sessions.minSeconds);
  const seconds = Math.max(Math.min(asked?.seconds ?? SESSION_SECONDS_MAX, ours ?? SESSION_SECONDS_MAX), floor);
  const heldRefresher = held === undefined || asked !== undefined ? undefined : held.weRefresh ? 'uas' : 'uac';
  const refresher = asked?.refresher ?? wanted?.refresher ?? heldRefresher ?? 'uac';
  return { seconds, weRefresh: !knows || refresher === 'uas' };
}

/** The header lines by which a 2xx tells its terms. */
export function termsInAnswer(terms: SessionTerms, given: Headers | undefined): SipHeader[] {
  const lines = [makeHeader('Session-Expires', `${terms.seconds};refresher=${terms.weRefresh ? 'uas' : 'uac'}`)];
  // RFC 4028 §9: the far side refreshes only when it has read this.
  if (!terms.weRefresh && !(given !== undefined && headerListHas(given, 'require', 'timer'))) lines.push(makeHeader('Require', 'timer'));
  return lines;
}

/** What a request of ours adds to ask for a timer, or to keep the one there is; `message` is the application's. */
export function termsInRequest(core: Core, message: Headers & { readonly method: string }, held: SessionTerms | undefined): SipHeader[] {
  const asked = sessionExpires(message);
  const initial = message.method === 'INVITE' ? core.sessions.seconds : 0;
  const seconds = asked === undefined ? (held?.seconds ?? initial) : 0;
  if ((message.method !== 'INVITE' && message.method !== 'UPDATE') || (asked === undefined && seconds === 0)) return [];
  const lines: SipHeader[] = [];
  const refresher = held === undefined ? '' : `;refresher=${held.weRefresh ? 'uac' : 'uas'}`;
  if (asked === undefined) lines.push(makeHeader('Session-Expires', `${seconds}${refresher}`));
  if (header(message, 'min-se') === undefined && core.sessions.minSeconds > SESSION_SECONDS_MIN)
    lines.push(makeHeader('Min-SE', String(core.sessions.minSeconds)));
  if (!headerListHas(message, 'supported', 'timer')) lines.push(makeHeader('Supported', 'timer'));
  return lines;
}

/** The application's request with the session a 422 asks for; undefined when it does not ask for more (RFC 4028 §7.3). */
export function withLonger<M extends SipMessage>(core: Core, message: M, refusal: Headers): Result<M, 'no more'> {
  const asked = sessionExpires(message)?.seconds ?? core.sessions.seconds;
  const least = minSe(refusal);
  if (least <= asked) return err('no more');
  const headers = message.headers.filter(({ id }) => id !== 'session-expires' && id !== 'min-se');
  return ok({ ...message, headers: [...headers, makeHeader('Session-Expires', String(least)), makeHeader('Min-SE', String(least))] });
}
