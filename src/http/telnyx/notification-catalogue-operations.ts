import { z } from 'zod';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { uuidField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { CATALOGUE_SINCE, NOTIFICATION_KINDS, type NotificationKind } from './notification-catalogue.ts';
import { listSchema, metaOf, offsetOf, pageFields } from './page.ts';

const TAG = 'Notifications';
const times = { created_at: CATALOGUE_SINCE, updated_at: CATALOGUE_SINCE };
const need = { scope: 'webhooks:read' } as const;

const eventSchema = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.literal(true),
  notification_category: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

const conditionSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  notification_event_id: z.string(),
  associated_record_type: z.literal('account'),
  parameters: z.array(z.never()),
  enabled: z.literal(true),
  allow_multiple_channels: z.literal(true),
  asynchronous: z.literal(false),
  supported_channels: z.array(z.literal('webhook')),
  created_at: z.string(),
  updated_at: z.string(),
});

const presentEvent = ({ eventId, eventName }: NotificationKind) => ({
  id: eventId,
  name: eventName,
  enabled: true,
  notification_category: 'Numbers',
  ...times,
});

const presentCondition = ({ conditionId, conditionName, description, eventId }: NotificationKind) => ({
  id: conditionId,
  name: conditionName,
  description,
  notification_event_id: eventId,
  associated_record_type: 'account',
  parameters: [],
  enabled: true,
  allow_multiple_channels: true,
  asynchronous: false,
  supported_channels: ['webhook'],
  ...times,
});

/** What can be subscribed to: events and their conditions, the same for everybody. */
export const notificationCatalogueOperations = (): AnyOperation[] => [events(), conditions()];

const events = () =>
  operation({
    method: 'GET',
    path: '/notification_events',
    operationId: 'listNotificationEvents',
    summary: 'List all Notifications Events',
    tag: TAG,
    query: listQuery(pageFields()),
    need,
    responses: { 200: { description: 'A page of events.', schema: listSchema(eventSchema) } },
    async handle({ query }) {
      const { limit, offset } = offsetOf(query);
      const data = NOTIFICATION_KINDS.slice(offset, offset + limit).map(presentEvent);
      return ok({ status: 200, body: { data, meta: metaOf(query, NOTIFICATION_KINDS.length) } });
    },
  });

const conditions = () =>
  operation({
    method: 'GET',
    path: '/notification_event_conditions',
    operationId: 'listNotificationEventConditions',
    summary: 'List all Notifications Events Conditions',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[associated_record_type][eq]': enumText(['account', 'phone_number']).optional(),
      'filter[notification_event_condition_id][eq]': uuidField().optional(),
    }),
    need,
    responses: { 200: { description: 'A page of conditions.', schema: listSchema(conditionSchema) } },
    async handle({ query }) {
      const { limit, offset } = offsetOf(query);
      const id = query['filter[notification_event_condition_id][eq]'];
      const isListed = query['filter[associated_record_type][eq]'] !== 'phone_number';
      const kinds = NOTIFICATION_KINDS.filter(({ conditionId }) => isListed && (id === undefined || conditionId === id));
      const data = kinds.slice(offset, offset + limit).map(presentCondition);
      return ok({ status: 200, body: { data, meta: metaOf(query, kinds.length) } });
    },
  });
