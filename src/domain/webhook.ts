import type { Mode } from './records.ts';

/** How the bodies of a webhook look and how they are signed: our own way, or one that a face's clients verify. */
export const WEBHOOK_FORMATS = ['standard', 'hmac_hex', 'ed25519'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/**
 * Why a webhook is off: its tenant or the platform turned it off, nothing arrived for too long, or its receiver said that it is gone for
 * good.
 */
export const DISABLED_REASONS = ['by_hand', 'by_platform', 'failures', 'gone'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Subscribes to every type of event. */
export const EVERY_EVENT = '*';

/** How many webhooks an account may have. */
export const WEBHOOKS_MAX = 50;

/** An address that is told what happens. */
export interface Webhook {
  readonly id: string;
  /** null: the platform's own, which hears of every account. */
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly format: WebhookFormat;
  readonly url: string;
  readonly description: string | null;
  readonly eventTypes: readonly string[];
  /** It also hears of the account's sub-accounts. */
  readonly includeSubAccounts: boolean;
  /** null while it is on. */
  readonly disabledReason: DisabledReason | null;
  /** Since when nothing that was sent arrived. */
  readonly failingSince: number | null;
  /** null where the platform's own key signs. */
  readonly secretSealed: string | null;
  /** Signs too until then, while receivers change over. */
  readonly previousSecret: { readonly sealed: string; readonly until: number } | null;
  /** Its event types follow from the subscriptions of this group. */
  readonly groupId: string | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Several webhooks under one name. */
export interface WebhookGroup {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** One type of event for a webhook of a group, or for all of them. */
export interface WebhookSubscription {
  readonly id: string;
  readonly accountId: string;
  readonly mode: Mode;
  readonly groupId: string;
  readonly webhookId: string | null;
  readonly eventType: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly eventId: string;
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly format: WebhookFormat;
  readonly eventType: string;
  readonly state: DeliveryState;
  /** 1, and one more for each replay. */
  readonly round: number;
  /** In this round. */
  readonly tries: number;
  /** In all rounds. */
  readonly attempts: number;
  /** Why it ended without arriving. */
  readonly error: string | null;
  /** null once it is over. */
  readonly nextAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly createdAt: number;
}

/** One try, as the log tells it. */
export interface DeliveryAttempt {
  readonly n: number;
  readonly url: string;
  readonly startedAt: number;
  /** null: under way, or its worker is gone. */
  readonly finishedAt: number | null;
  readonly outcome: 'delivered' | 'failed' | null;
  /** Where there was no answer: why. */
  readonly error: string | null;
  readonly httpStatus: number | null;
  readonly requestHeaders: readonly (readonly [string, string])[];
  readonly responseHeaders: readonly (readonly [string, string])[] | null;
  /** The beginning of it. */
  readonly responseBody: string | null;
}
