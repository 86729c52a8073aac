import { isJsonObject } from '../kit/json-object.ts';
import type { E164 } from './e164.ts';
import { parseE164 } from './e164.ts';
import { isTargetUri } from './endpoint.ts';
import type { Weighted } from './rendezvous.ts';

/** Places one answer may name. With their longest URIs they are the most that a decision keeps of it (decision C12). */
const WEBHOOK_TARGETS_MAX = 10;
/** Bytes that are read of an answer. */
export const WEBHOOK_ANSWER_BYTES_MAX = 16_384;

/** One place an endpoint's webhook names: an address, or a number, which is called as a forward. */
export type WebhookPlace = Weighted & ({ readonly uri: string } | { readonly e164: E164 });

/** Words with which a webhook turns a call away, and what the caller gets. */
export const WEBHOOK_REJECTS = { busy: 'endpoint_busy', declined: 'endpoint_declined', unavailable: 'endpoint_unavailable' } as const;

export type WebhookReject = keyof typeof WEBHOOK_REJECTS;

/** What a webhook says of a call. */
export type WebhookWord = { readonly targets: readonly WebhookPlace[] } | { readonly reject: WebhookReject };

/** What is asked: where calls to this number that ring this endpoint shall go. */
export interface WebhookQuestion {
  readonly endpointId: string;
  /** Whose number is called. */
  readonly accountId: string;
  /** Whose endpoint it is, which may be the parent's: its secret is bound to that account. */
  readonly endpointAccountId: string;
  /** The account that answers for the number, with all its sub-accounts. */
  readonly ownerAccountId: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly cacheSeconds: number;
  readonly secretSealed: string;
  readonly called: E164;
  /** As the callee may see it. */
  readonly caller: string;
  readonly direction: 'inbound' | 'internal';
}

/** What became of one question, as part of what a call is decided from. */
export interface WebhookFact {
  readonly endpointId: string;
  readonly called: string;
  /** `cached`: an older answer, because there was no good one now; `not_asked`: nobody placed this call. */
  readonly result: 'answered' | 'cached' | 'failed' | 'not_asked';
  /** Why there was no good answer now. */
  readonly why?: string;
  readonly word?: WebhookWord;
}

const hasOnly = (value: object, keys: readonly string[]): boolean => Object.keys(value).every((key) => keys.includes(key));

function rankOf(value: unknown, fallback: number): number | null {
  if (value === undefined) return fallback;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : null;
}

function readPlace(value: unknown): WebhookPlace | null {
  if (!isJsonObject(value) || !hasOnly(value, ['uri', 'number', 'priority', 'weight'])) return null;
  const [priority, weight] = [rankOf(value['priority'], 10), rankOf(value['weight'], 1)];
  if (priority === null || weight === null) return null;
  const { uri, number } = value;
  if (typeof uri === 'string' && number === undefined) return isTargetUri(uri) ? { uri, priority, weight } : null;
  const e164 = typeof number === 'string' && uri === undefined ? parseE164(number) : null;
  return e164 === null ? null : { e164, priority, weight };
}

/** Reads `{"targets": […]}` or `{"reject": "busy"}`; null for anything else, and for more than is asked for. */
export function readWebhookAnswer(text: string): WebhookWord | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJsonObject(body) || Object.keys(body).length !== 1) return null;
  const { targets, reject } = body;
  if (typeof reject === 'string') return Object.hasOwn(WEBHOOK_REJECTS, reject) ? { reject: reject as WebhookReject } : null;
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > WEBHOOK_TARGETS_MAX) return null;
  const places = targets.map(readPlace).filter((place) => place !== null);
  return places.length === targets.length ? { targets: places } : null;
}
