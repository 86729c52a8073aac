import type { Mode } from './records.ts';

/** Everything that subscribers may be told of; `docs/RUNBOOK.md` says when each comes. */
export const EVENT_TYPES = [
  'order.created',
  'order.updated',
  'order.completed',
  'sub_order.updated',
  'sub_order.completed',
  'number.purchased',
  'number.updated',
  'number.assigned',
  'number.unassigned',
  'number.suspended',
  'number.resumed',
  'number.releasing',
  'number.released',
  'number.trunk_group_unassigned',
  'requirement_group.status_changed',
  'gateway.down',
  'gateway.up',
  'account.traffic_alert',
] as const;

/** What the platform noticed by itself; listed for its operators, subscribed to or not. */
export const ALERT_TYPES = ['gateway.down', 'gateway.up', 'account.traffic_alert'] as const satisfies readonly EventType[];

export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened, for those who subscribed. */
export interface ToldEvent {
  /** The same event said twice is one. */
  readonly key: string;
  readonly type: EventType;
  /** Whose it is: of a number in a sub-account's hands the sub-account; null: the platform's own, which its webhooks alone hear of. */
  readonly accountId: string | null;
  readonly mode: Mode;
  /** `number:<uuid>` and the like. */
  readonly resource: string;
  /** What subscribers are shown, in words of the wire. */
  readonly payload: unknown;
  /** Product time in ms. */
  readonly at: number;
}
