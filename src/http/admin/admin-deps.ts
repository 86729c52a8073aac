import type { ExplainQuestion, PresentExplanation } from '../../app/calls/explain-call.ts';
import type { SipBanDeps } from '../../app/calls/lift-sip-ban.ts';
import type { ChangeDeps } from '../../app/change.ts';
import type { InventoryDeps } from '../../app/inventory/import-inventory.ts';
import type { OrderingDeps } from '../../app/orders/place-order.ts';
import type { AuditLog } from '../../app/ports/audit-log.ts';
import type { CallReader } from '../../app/ports/calls.ts';
import type { GatewayHealthStore } from '../../app/ports/gateway-health.ts';
import type { AgentInbox } from '../../app/ports/jobs.ts';
import type { LeaseBook, LimitReader, MinuteBook } from '../../app/ports/limits.ts';
import type { RebuildProgress } from '../../app/ports/plane-history.ts';
import type { AuditState } from '../../app/ports/route-audit.ts';
import type { AgentRegistry } from '../../app/ports/routing.ts';
import type { RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import type { RewriteDeps } from '../../app/trunk-groups/rewrite-trunk.ts';
import type { WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import type { DecisionSettings } from '../../domain/call.ts';
import type { Expectation, Judged } from '../../domain/expectation.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Clock } from '../../kit/clock.ts';

/** Moves the product clock of every role; null when that could not be told to all. */
export interface TestClock {
  advance(ms: number): Promise<number | null>;
}

/** What the operations of the platform's own face work with. */
export interface AdminDeps extends ChangeDeps, InventoryDeps, OrderingDeps, WebhookDeps, RegistrationDeps, SipBanDeps, RewriteDeps {
  readonly clock: Clock;
  /** How long the approval of a requirement group lasts; a year when absent. */
  readonly groupValidMs?: number;
  /** Cool-off of a number by its type and country. */
  coolOffMs(number: Pick<PhoneNumber, 'type' | 'country'>): number;
  readonly importBytesMax: number;
  readonly importRowsMax: number;
  readonly calls: CallReader;
  /** Longest time of one export of calls, ms. */
  readonly exportMsMax: number;
  readonly audit: AuditLog;
  readonly agents: AgentRegistry;
  readonly inbox: AgentInbox;
  readonly limits: LimitReader;
  readonly leases: LeaseBook;
  readonly minutes: Pick<MinuteBook, 'used'>;
  /** Records of Postgres by kind. */
  countRecords(): Promise<Readonly<Record<string, number>>>;
  /** The rebuild of the plane that is under way. */
  rebuild(): Promise<RebuildProgress | null>;
  /** Where the auditor of the plane is, and what it found. */
  routeAudit(): Promise<AuditState>;
  /** How gateways are, and our registrations there. */
  readonly gateways: Pick<GatewayHealthStore, 'read' | 'registrations'>;
  explain(question: ExplainQuestion): Promise<PresentExplanation>;
  /** What decisions depend on besides the records. */
  readonly decisionSettings: DecisionSettings;
  /** Judges expectations by the records as they are in Redis now. */
  judgeNow(expectations: readonly Expectation[]): Promise<readonly Judged[]>;
  /** Tells errors of `explain` and `leases` that say the routing plane cannot be read now (503) from faults of ours. */
  isPlaneAway(error: unknown): boolean;
  /** null unless `CLOCK=test`. */
  readonly testClock: TestClock | null;
}
