import { readNumber } from '../message/characters.ts';

/** How an application wants a request passed on. */
export interface ProxyOrder {
  /** Stay in the path of the dialog (RFC 3261 §16.6 step 4). */
  readonly recordRoute: boolean;
  /** Tell the application each final response. */
  readonly fullResponse: boolean;
  readonly followRedirects: boolean;
  /** All targets at once, rather than one after the other. */
  readonly simultaneous: boolean;
  /** How long a target may be without any response; undefined: Timer B. */
  readonly provisionalMs: number | undefined;
  /** How long a target may be without a final response; undefined: Timer C. */
  readonly finalMs: number | undefined;
  readonly destinations: readonly string[];
}

const DESTINATIONS_MAX = 32;

/** Reads the tokens behind `proxy|<transaction id>`: `[remainInDialog]|[fullResponse]|[followRedirects]|serial or simultaneous|…`. */
export function readProxyOrder(tokens: readonly string[]): ProxyOrder {
  const [remain = '', full = '', redirects = '', launch = '', provisional = '', final = '', ...destinations] = tokens;
  return {
    recordRoute: remain === 'remainInDialog',
    fullResponse: full === 'fullResponse',
    followRedirects: redirects === 'followRedirects',
    simultaneous: launch === 'simultaneous',
    provisionalMs: readDuration(provisional),
    finalMs: readDuration(final),
    destinations: destinations.filter((text) => text !== '').slice(0, DESTINATIONS_MAX),
  };
}

const DURATION_MS_MAX = 86_400_000;

/** `1500ms` or `2s`; anything else is none, as on drachtio-server. */
function readDuration(text: string): number | undefined {
  const millis = text.endsWith('ms');
  if (!millis && !text.endsWith('s')) return undefined;
  const value = readNumber(text.slice(0, millis ? -2 : -1), DURATION_MS_MAX);
  return value === undefined || value === 0 ? undefined : Math.min(DURATION_MS_MAX, millis ? value : value * 1000);
}
