import type { AuthDeps } from '../../app/auth/authenticate.ts';
import type { ReservationDeps } from '../../app/reservations/create-reservation.ts';
import type { WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import type { Face } from '../face.ts';
import { X_RATE_LIMIT } from '../rate-limit-headers.ts';
import { addressOperations } from './address-operations.ts';
import { auditEventOperations } from './audit-event-operations.ts';
import { authenticateTelnyx } from './authenticate.ts';
import { type AvailableNumberDeps, availableNumberOperations } from './available-number-operations.ts';
import { balanceOperations } from './balance-operations.ts';
import { bulkJobOperations } from './bulk-job-operations.ts';
import { commentOperations } from './comment-operations.ts';
import { connectionGroupOperations } from './connection-group.ts';
import type { ConnectionDeps } from './connection-sorts.ts';
import { coverageOperations } from './coverage-operations.ts';
import { type CsvDownloadDeps, csvDownloadOperations } from './csv-download-operations.ts';
import { documentLinkOperations } from './document-link-operations.ts';
import { type DocumentDeps, documentOperations } from './document-operations.ts';
import { notificationCatalogueOperations } from './notification-catalogue-operations.ts';
import { notificationChannelOperations } from './notification-channel-operations.ts';
import { notificationProfileOperations } from './notification-profile-operations.ts';
import { notificationSettingOperations } from './notification-setting-operations.ts';
import { numberAnswerOperations } from './number-answer-operations.ts';
import { orderNumberOperations } from './order-number-operations.ts';
import { type OrderOperationDeps, orderOperations } from './order-operations.ts';
import { type PhoneNumberDeps, phoneNumberOperations } from './phone-number-operations.ts';
import { phoneNumberVoiceOperations } from './phone-number-voice-operations.ts';
import { errorSchema, renderTelnyx } from './refusals.ts';
import { regulatoryRequirementOperations } from './regulatory-requirement-operations.ts';
import { type ReportDeps, reportOperations } from './report-operations.ts';
import { requirementAttachmentOperations } from './requirement-attachment-operations.ts';
import { requirementGroupOperations } from './requirement-group-operations.ts';
import { requirementOperations } from './requirement-operations.ts';
import { reservationOperations } from './reservation-operations.ts';
import { subOrderOperations } from './sub-order-operations.ts';
import { type WebhookLogDeps, webhookDeliveryOperations } from './webhook-delivery-operations.ts';

export interface TelnyxDeps
  extends OrderOperationDeps,
    AvailableNumberDeps,
    CsvDownloadDeps,
    DocumentDeps,
    ReportDeps,
    ReservationDeps,
    PhoneNumberDeps,
    WebhookDeps,
    WebhookLogDeps {
  readonly auth: AuthDeps;
  readonly leases: ConnectionDeps['leases'];
  readonly bindings: ConnectionDeps['bindings'];
  readonly claims: ConnectionDeps['claims'];
}

/** The Telnyx face: number orders, search, numbers and balance. */
export const telnyxFace = (deps: TelnyxDeps): Face => ({
  name: 'telnyx',
  title: 'Dialplane: Telnyx face',
  operations: [
    ...orderOperations(deps),
    ...subOrderOperations(deps),
    ...orderNumberOperations(deps),
    ...commentOperations(deps),
    ...reportOperations(deps),
    ...reservationOperations(deps),
    ...availableNumberOperations(deps),
    ...bulkJobOperations(deps),
    ...csvDownloadOperations(deps),
    ...numberAnswerOperations(deps),
    ...coverageOperations(deps),
    ...auditEventOperations(deps),
    ...phoneNumberVoiceOperations(deps),
    ...phoneNumberOperations(deps),
    ...balanceOperations(deps),
    ...connectionGroupOperations(deps),
    ...requirementOperations(deps),
    ...regulatoryRequirementOperations(deps),
    ...requirementGroupOperations(deps),
    ...requirementAttachmentOperations(deps),
    ...addressOperations(deps),
    ...documentOperations(deps),
    ...documentLinkOperations(deps),
    ...notificationCatalogueOperations(),
    ...notificationProfileOperations(deps),
    ...notificationChannelOperations(deps),
    ...notificationSettingOperations(deps),
    ...webhookDeliveryOperations(deps),
  ],
  caseSensitive: true,
  unknownParameters: 'ignore',
  wait: 'prefer',
  authenticate: (head) => authenticateTelnyx(deps.auth, head),
  render: renderTelnyx,
  answerHeaders: X_RATE_LIMIT,
  securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Any key of an account.' } },
  headerParameters: [],
  errorSchema,
  errorMediaType: 'application/json',
});
