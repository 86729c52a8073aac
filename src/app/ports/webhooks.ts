import type { ToldEvent } from '../../domain/event.ts';
import type { Mode } from '../../domain/records.ts';
import type {
  Delivery,
  DeliveryAttempt,
  DeliveryState,
  Webhook,
  WebhookFormat,
  WebhookGroup,
  WebhookSubscription,
} from '../../domain/webhook.ts';
import type { TurnLoad } from '../../domain/webhook-turn.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** An event as it is kept. */
export interface StoredEvent extends ToldEvent {
  readonly id: string;
}

export interface EventStore {
  /** Notes that something happened; who subscribed is told once it is committed (see `WebhookDelivery`). */
  append(event: ToldEvent): Promise<void>;
  get(id: string): Promise<StoredEvent | null>;
  /** True when an event with one of these keys is there. */
  isTold(keys: readonly string[]): Promise<boolean>;
  /** What the platform noticed by itself, newest first. */
  alerts(filter: AlertFilter, page: PageRequest): Promise<readonly StoredEvent[]>;
}

export interface AlertFilter {
  readonly accountId?: string;
  readonly type?: ToldEvent['type'];
  readonly resource?: string;
}

/** Which webhooks a list shows. */
export interface WebhookFilter {
  readonly accountId?: string;
  readonly mode?: Mode;
  readonly format?: WebhookFormat;
  readonly groupId?: string;
}

export interface WebhookStore {
  get(id: string): Promise<Webhook | null>;
  lock(id: string): Promise<Webhook | null>;
  insert(webhook: Webhook): Promise<void>;
  /** Everything but the event types of one in a group. */
  save(webhook: Webhook): Promise<void>;
  /** With its subscriptions; its deliveries are not there any more and are removed in time. */
  remove(id: string): Promise<void>;
  /** Oldest first. */
  list(filter: WebhookFilter, page: PageRequest): Promise<readonly Webhook[]>;
  listByOffset(filter: WebhookFilter, page: OffsetRequest): Promise<OffsetPage<Webhook>>;
  /** How many an account has; until the transaction ends nobody adds one. */
  lockCount(accountId: string): Promise<number>;
  /** Something arrived. */
  arrived(id: string): Promise<void>;
  /** Something did not; resolves with the time of the first in a row. */
  failed(id: string, at: number): Promise<number>;
}

export interface WebhookGroupFilter {
  readonly accountId: string;
  readonly mode: Mode;
}
export interface SubscriptionFilter extends WebhookGroupFilter {
  readonly groupId?: string;
  readonly webhookId?: string;
  readonly eventType?: string;
}

/** Groups of webhooks and what they subscribe to. */
export interface WebhookGroupStore {
  get(id: string): Promise<WebhookGroup | null>;
  lock(id: string): Promise<WebhookGroup | null>;
  insert(group: WebhookGroup): Promise<void>;
  save(group: WebhookGroup): Promise<void>;
  remove(id: string): Promise<void>;
  list(filter: WebhookGroupFilter, page: OffsetRequest): Promise<OffsetPage<WebhookGroup>>;
  /** Webhooks and subscriptions that name the group. */
  countUsing(id: string): Promise<{ readonly webhooks: number; readonly subscriptions: number }>;
  getSubscription(id: string): Promise<WebhookSubscription | null>;
  /** False when there is the same one already. */
  subscribe(subscription: WebhookSubscription): Promise<boolean>;
  unsubscribe(id: string): Promise<void>;
  listSubscriptions(filter: SubscriptionFilter, page: OffsetRequest): Promise<OffsetPage<WebhookSubscription>>;
  /** Gives every webhook of the account's groups the event types that are subscribed to now. */
  refreshTypes(accountId: string, mode: Mode): Promise<void>;
}

/** Which deliveries a list shows. */
export interface DeliveryFilter {
  readonly accountId?: string;
  readonly webhookId?: string;
  readonly mode?: Mode;
  readonly format?: WebhookFormat;
  readonly state?: DeliveryState;
  readonly eventTypes?: readonly string[];
  /** Only those that were tried at least once. */
  readonly isTried?: boolean;
  readonly startedFrom?: number;
  readonly startedTo?: number;
  readonly finishedFrom?: number;
  readonly finishedTo?: number;
  /** Text in the event. */
  readonly eventContains?: string;
  /** Text in an attempt: its URL or what was answered. */
  readonly attemptContains?: string;
}

/** A delivery with what it is about and how it went. */
export interface LoggedDelivery {
  readonly delivery: Delivery;
  readonly event: StoredEvent;
  /** Newest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

export interface DeliveryStore {
  get(id: string): Promise<Delivery | null>;
  lock(id: string): Promise<Delivery | null>;
  /**
   * What is being sent beside it, each for `leaseMs` at most, and what waits, counted to `countMax`. Until the transaction ends nobody
   * else looks for the same owner.
   */
  load(delivery: Delivery, leaseMs: number, countMax: number): Promise<TurnLoad>;
  /** Notes that a try begins; it counts as being sent for `leaseMs` of real time. */
  begin(delivery: Delivery, attempt: Pick<DeliveryAttempt, 'n' | 'url' | 'startedAt' | 'requestHeaders'>, leaseMs: number): Promise<void>;
  /** Writes how a try ended. */
  conclude(deliveryId: string, attempt: DeliveryAttempt): Promise<void>;
  /** Saves state, round, tries, error and times; what is not pending any more is not being sent either. */
  save(delivery: Delivery): Promise<void>;
  /** Oldest first. */
  list(filter: DeliveryFilter, page: PageRequest): Promise<readonly Delivery[]>;
  /** Newest first. */
  listByOffset(filter: DeliveryFilter, page: OffsetRequest): Promise<OffsetPage<Delivery>>;
  /** Deliveries with their events and attempts, in the order asked for. */
  logged(deliveries: readonly Delivery[]): Promise<readonly LoggedDelivery[]>;
  /**
   * Removes deliveries of webhooks that are gone, those that were made before `before` and are over, then events that are as old and
   * have none; returns how many.
   */
  forget(before: number, countMax: number): Promise<number>;
}

/** What one try looks like on the wire. */
export interface WebhookMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The try a body is made for. */
export interface WebhookTry {
  readonly event: StoredEvent;
  /** From 1. */
  readonly attempt: number;
  readonly url: string;
  /** Seconds from 1970, of the receiver's time, not the product's. */
  readonly atSeconds: number;
  /** In clear, newest first; empty where the platform's key signs. */
  readonly secrets: readonly string[];
}

/** Makes body and signature of one format; null for an event that the format has no words for. */
export type WebhookForm = (one: WebhookTry) => WebhookMessage | null;

export type WebhookForms = Readonly<Record<WebhookFormat, WebhookForm>>;

/** What the deliverer reports. */
export interface WebhookMetrics {
  /** `retry`: did not arrive and is tried again; `disabled`: given up because its webhook is off. */
  delivered(outcome: 'delivered' | 'retry' | 'failed' | 'disabled'): void;
}
