import { parseNameAddrs } from '../message/name-addr.ts';
import type { ResponseView } from '../message/read-response.ts';
import { headerLines, type SipHeader } from '../message/sip-message.ts';
import { parseSipUri } from '../message/uri.ts';

/** How one target ended: with its response, or with a status of ours in place of one. */
export interface Outcome {
  readonly status: number;
  readonly view: ResponseView | undefined;
}

/** Answers after which the caller can do better: they win over others of their class (RFC 3261 §16.7 step 6). */
const HELPFUL = new Set([401, 407, 415, 420, 484]);

const rank = ({ status }: Outcome): number => (status >= 600 ? 0 : Math.floor(status / 100));

/** The response to pass on: any 6xx, else one of the lowest class; 487 once the caller has cancelled. undefined: there is none. */
export function bestOutcome(outcomes: readonly Outcome[], cancelled: boolean): Outcome | undefined {
  const ended = cancelled ? outcomes.find(({ status }) => status === 487) : undefined;
  if (ended !== undefined) return ended;
  let best: Outcome | undefined;
  for (const outcome of outcomes) {
    if (best === undefined || rank(outcome) < rank(best)) best = outcome;
    else if (rank(outcome) === rank(best) && worth(outcome) > worth(best)) best = outcome;
  }
  return best;
}

// What a target said itself tells the caller more than that another one was silent.
const worth = ({ status, view }: Outcome): number => (HELPFUL.has(status) ? 2 : view !== undefined ? 1 : 0);

/** Every challenge of the other targets, for a 401 or 407 that is passed on (RFC 3261 §16.7 step 7). */
export function otherChallenges(outcomes: readonly Outcome[], best: Outcome): SipHeader[] {
  if (best.status !== 401 && best.status !== 407) return [];
  const lines: SipHeader[] = [];
  for (const { status, view } of outcomes) {
    if (view === undefined || view === best.view || (status !== 401 && status !== 407)) continue;
    lines.push(...view.message.headers.filter(({ id }) => id === 'www-authenticate' || id === 'proxy-authenticate'));
  }
  return lines;
}

/** The URIs a redirecting response names, the most wanted first (RFC 3261 §8.1.3.4). */
export function redirectTargets(view: ResponseView): string[] {
  const wanted = (q: string | undefined): number => (q === undefined ? 1 : Number.parseFloat(q) || 0);
  return headerLines(view.message, 'contact')
    .flatMap((line) => parseNameAddrs(line) ?? [])
    .filter(({ uri }) => parseSipUri(uri) !== undefined)
    .sort((a, b) => wanted(b.parameters.get('q')) - wanted(a.parameters.get('q')))
    .map(({ uri }) => uri);
}
