import type { Binding } from '../../domain/binding.ts';
import type { CallParties, CallRequest, Connect, Decision, DecisionSettings, MatchedSource } from '../../domain/call.ts';
import type { UnwellGateway } from '../../domain/gateway-health.ts';
import type { FullLease } from '../../domain/lease.ts';
import type { RecordRef, Versioned } from '../../domain/records.ts';
import type { CallRefusalCode } from '../../domain/refusal.ts';
import type { SourceIndex } from '../../domain/source-index.ts';
import type { WebhookFact } from '../../domain/webhook-answer.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { CallMetrics } from '../ports/metrics.ts';
import type { Admission, LocalRecords, RecordReader } from '../ports/routing.ts';
import type { CallLeases } from './call-leases.ts';
import type { EndpointAnswers } from './endpoint-answers.ts';
import type { EventQueue } from './event-queue.ts';
import type { AuthCheck, IncomingCall } from './incoming-call.ts';
import type { LastContacts } from './last-contacts.ts';
import type { PlaneContact } from './plane-contact.ts';
import type { CallRecord } from './record-call.ts';
import type { SenderDeps } from './registered-sender.ts';
import type { UnansweredCalls } from './unanswered-calls.ts';

/** What routing a call needs. */
export interface RouteCallDeps {
  readonly agentId: string;
  readonly admission: Admission;
  readonly local: LocalRecords;
  readonly reader: Pick<RecordReader, 'read'>;
  /** The index over `local.sources()` as they are now. */
  readonly sourceIndex: () => SourceIndex;
  readonly events: EventQueue;
  readonly contact: PlaneContact;
  /** Gateways that are not well, as this agent knows them. */
  readonly unwell: () => readonly UnwellGateway[];
  /** Limits how often strangers make us ask Redis whether they are strangers. */
  readonly strangerChecks: { take(): boolean };
  readonly settings: DecisionSettings;
  /** Where SIP users were when Redis was last asked; they ring there while it is away (decision C10). */
  readonly lastContacts: LastContacts;
  /** Where endpoints' webhooks are asked. */
  readonly webhooks: Pick<EndpointAnswers, 'ask' | 'last'>;
  /** Who registered from where. */
  readonly registered: SenderDeps;
  /** Calls that ring over what can be forged. */
  readonly unanswered: Pick<UnansweredCalls, 'crowded'>;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** Where the SIP users among the candidates registered; a user that is not in it is not registered. */
export type Contacts = ReadonlyMap<RecordRef, readonly Binding[]>;

/** What becomes of a call. Whatever is to be recorded has been recorded. */
export type RoutedCall =
  | {
      readonly result: 'admitted';
      readonly decision: Connect;
      readonly record: CallRecord;
      readonly leases: CallLeases;
      readonly contacts: Contacts;
    }
  /** `callId` is null for a stranger, who gets no record and learns nothing. */
  | { readonly result: 'refused'; readonly code: CallRefusalCode; readonly callId: string | null; readonly parties: CallParties | null }
  | { readonly result: 'challenge'; readonly stale: boolean; readonly failed: boolean }
  | { readonly result: 'drop' };

/** Ours alone: what the SIP side did not bring. */
export interface CallIdentity {
  readonly callId: string;
  readonly at: number;
  /** What admission found full when it was asked before. */
  readonly full?: readonly FullLease[];
  /** What endpoints' webhooks were asked and said. */
  readonly answers?: readonly WebhookFact[];
}

/** A call and the group that is registered where it comes from. */
export interface SentCall extends IncomingCall {
  readonly sender: MatchedSource | null;
}

/** One look at a call: what was known, and the decision it led to. */
export interface Look {
  readonly call: IncomingCall;
  readonly request: CallRequest;
  readonly auth: AuthCheck;
  readonly sourcesVersion: number;
  readonly decision: Decision;
  /** The records it was made from. */
  readonly read: ReadonlyMap<RecordRef, Versioned>;
}

/** What was last known of a call, for when the plane is gone. */
export interface LastLook {
  look: Look | undefined;
  /** Looks whose admission was asked for and not answered: Redis may have carried it out. */
  readonly unheard: Look[];
  /** What webhooks were asked and said: no question is asked twice, however often admission is (ADR 25). */
  answers: readonly WebhookFact[];
}
