import { buildResponse, type ResponseParts } from '../message/build-response.ts';
import { METHODS } from '../message/methods.ts';
import { reasonPhrase } from '../message/reason-phrases.ts';
import { makeHeader } from '../message/serialize-message.ts';
import type { SipHeader, SipRequest } from '../message/sip-message.ts';
import { randomToken } from '../random-token.ts';
import type { ServerTransaction } from '../transaction/transaction-layer.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';

/** The Allow header with every method the engine takes. */
export const allowHeader: SipHeader = makeHeader('Allow', METHODS.join(', '));

const RETRY_AFTER_SECONDS = 5;

/** Asks the peer to come back later. */
export const retryAfter = (): SipHeader => makeHeader('Retry-After', String(RETRY_AFTER_SECONDS));

/** Answers through a server transaction, so that retransmissions get the same. */
export function answer(
  to: { readonly request: SipRequest; readonly transaction: ServerTransaction; readonly from: Peer },
  status: number,
  parts: Partial<ResponseParts> = {},
): void {
  const toTag = parts.toTag ?? (status === 100 ? '' : randomToken());
  const bytes = buildResponse(to.request, to.from.address, to.from.port, {
    ...parts,
    status,
    reason: parts.reason ?? reasonPhrase(status),
    toTag,
  });
  to.transaction.respond({ bytes, method: to.request.method, status });
}

/** Answers a request that is not worth a transaction, back to where it came from; silent when it has no Via at all, and to ACK. */
export function answerStatelessly(
  core: Core,
  request: SipRequest,
  from: Peer,
  status: number,
  reason: string,
  headers: readonly SipHeader[] = [],
): void {
  const via = request.headers.find((line) => line.id === 'via');
  if (request.method === 'ACK' || via === undefined) {
    core.tally.drop('unanswerable');
    return;
  }
  const bytes = buildResponse(request, from.address, from.port, { status, reason, toTag: statelessTag(request), headers });
  core.send({ bytes, method: request.method, status }, from);
}

// The same tag for each retransmission, as RFC 3261 §8.2.7 asks of a stateless server.
function statelessTag(request: SipRequest): string {
  let hash = 0x811c9dc5;
  const via = request.headers.find((line) => line.id === 'via')?.value ?? '';
  for (let i = 0; i < via.length; i += 1) hash = Math.imul(hash ^ via.charCodeAt(i), 0x01000193);
  return `sl${(hash >>> 0).toString(16)}`;
}
