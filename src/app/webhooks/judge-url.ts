import { type OutboundRules, readOutboundUrl } from '../../domain/outbound-url.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';

/** What is wrong with a URL that somebody writes; names are judged when they are sent to, by what they lead to then. */
export function judgeUrl(url: string, field: string, rules: OutboundRules): RequestRefusal | null {
  const read = readOutboundUrl(url, rules);
  return read.ok ? null : invalidBody([field], read.error);
}
