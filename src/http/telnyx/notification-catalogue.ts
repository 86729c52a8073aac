import type { EventType } from '../../domain/event.ts';

/** One thing the vendor lets its clients subscribe to: an event with its only condition. Ids are ours and never change. */
export interface NotificationKind {
  readonly eventType: EventType;
  readonly eventId: string;
  readonly eventName: string;
  readonly conditionId: string;
  readonly conditionName: string;
  readonly description: string;
}

export const NOTIFICATION_KINDS: readonly NotificationKind[] = [
  {
    eventType: 'order.completed',
    eventId: '5d1f0a0e-6c5b-4d0a-9a51-0a7c5a3f1001',
    eventName: 'Number Order Notifications',
    conditionId: '5d1f0a0e-6c5b-4d0a-9a51-0a7c5a3f2001',
    conditionName: 'number order complete',
    description: 'When every number of an order is active, or will not be.',
  },
  {
    eventType: 'requirement_group.status_changed',
    eventId: '5d1f0a0e-6c5b-4d0a-9a51-0a7c5a3f1002',
    eventName: 'Requirement Group Status Change',
    conditionId: '5d1f0a0e-6c5b-4d0a-9a51-0a7c5a3f2002',
    conditionName: 'requirement group status change',
    description: 'When the status of a requirement group changes.',
  },
];

/** Since when they can be subscribed to. */
export const CATALOGUE_SINCE = '2026-11-22T00:00:00.000Z';
