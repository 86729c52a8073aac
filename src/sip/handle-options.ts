import { ALLOW } from './replies.ts';
import type { ReceivedRequest } from './sip-stack.ts';

/** OPTIONS from a peer that checks whether we are there (RFC 3261 §11.2): 200 while we take calls, 503 while we leave. */
export function handleOptions(request: ReceivedRequest, leaving: boolean): void {
  if (leaving) request.reply(503, { headers: { 'Retry-After': '5' } });
  else request.reply(200, { headers: { Allow: ALLOW, Accept: 'application/sdp' } });
}
