import { furtherHeaders, OWNED } from '../dialog/app-message.ts';
import type { Core } from '../dialog/core.ts';
import { localHostPortFor, type RequestPlan, viaFor } from '../dialog/request-plan.ts';
import { readNumber } from '../message/characters.ts';
import type { RequestView } from '../message/read-request.ts';
import type { ResponseView } from '../message/read-response.ts';
import { reasonPhrase } from '../message/reason-phrases.ts';
import { headerText, requestLine, serialize, statusLine, withBody } from '../message/serialize-message.ts';
import { header, type SipHeader, type SipRequest } from '../message/sip-message.ts';
import { stampVia } from '../message/via.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import type { Peer } from '../transport/peer.ts';

/** A request to pass on, decided for one target. */
export interface Passing {
  readonly view: RequestView;
  readonly from: Peer;
  readonly requestUri: string;
  /** Route values that go out. */
  readonly routes: readonly string[];
  /** Our Record-Route (or Path) values. */
  readonly recordRoutes: readonly string[];
  /** Headers of the application: they take the place of the request's own. */
  readonly given: SipRequest | undefined;
}

const HOPS_DEFAULT = 70;
const NOT_GIVEN: ReadonlySet<string> = new Set([...OWNED, 'max-forwards', 'path', 'content-type']);

/** The copy of a request that goes to `peer` (RFC 3261 §16.6), and the plan its CANCEL and ACK are made from. */
export function passOn(core: Core, passing: Passing, peer: Peer, branch: string): { readonly plan: RequestPlan; readonly bytes: Buffer } {
  const { view, requestUri, routes } = passing;
  const { message } = view;
  const plan: RequestPlan = {
    method: message.method,
    requestUri,
    branch,
    via: viaFor(core, peer, branch),
    routes,
    from: header(message, 'from') ?? '',
    to: header(message, 'to') ?? '',
    callId: view.callId,
    cseq: view.cseq,
    peer,
  };
  const given = passing.given === undefined ? [] : furtherHeaders(passing.given, localHostPortFor(core, peer), NOT_GIVEN);
  const replaced = new Set(given.map(({ id }) => id));
  const register = message.method === 'REGISTER';
  let text = `${requestLine(message.method, requestUri)}\r\nVia: ${plan.via}\r\n${viasOf(passing)}`;
  for (const value of passing.recordRoutes) text += register ? `Path: ${value}\r\nRequire: path\r\n` : `Record-Route: ${value}\r\n`;
  for (const value of routes) text += `Route: ${value}\r\n`;
  text += `Max-Forwards: ${hopsLeft(view) ?? HOPS_DEFAULT}\r\n`;
  const rest = message.headers.filter(({ id }) => !ELSEWHERE.has(id) && !replaced.has(id));
  return { plan, bytes: withBody(text + headerText(rest) + headerText(given), message.body) };
}

const ELSEWHERE = new Set(['via', 'route', 'max-forwards']);

/** Max-Forwards for the next hop, below 0 when none is left; undefined when the request has none. */
export function hopsLeft(view: RequestView): number | undefined {
  const hops = readNumber((header(view.message, 'max-forwards') ?? '').trim(), 255);
  return hops === undefined ? undefined : hops - 1;
}

// RFC 3261 §18.2.1: the one before us is told apart by what it came from.
function viasOf({ view, from }: Passing): string {
  let text = '';
  for (const { id, value } of view.message.headers)
    if (id === 'via') text += `Via: ${text === '' ? stampVia(value, view.via, from.address, from.port) : value}\r\n`;
  return text;
}

/** A response without our Via (RFC 3261 §16.7 step 3); `as` changes its status. */
export function passBack(view: ResponseView, added: readonly SipHeader[] = [], as: number = view.message.status): Outgoing {
  const { message } = view;
  const headers: SipHeader[] = [];
  let first = true;
  for (const line of message.headers) {
    if (line.id !== 'via' || !first) headers.push(line);
    else {
      first = false;
      const rest = line.value.slice(view.via.end + 1).trim();
      if (rest !== '') headers.push({ ...line, value: rest });
    }
  }
  const reason = as === message.status ? message.reason : reasonPhrase(as);
  return { bytes: serialize(statusLine(as, reason), [...headers, ...added], message.body), method: view.cseqMethod, status: as };
}
