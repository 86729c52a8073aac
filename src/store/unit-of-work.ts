import type pg from 'pg';
import type { ExpectationFailed, PlaneGuard } from '../app/ports/expectations.ts';
import type { RecordWrite } from '../app/ports/routing.ts';
import type { ActorStamp, AuditEntry, PendingWrite, Transaction, UnitOfWork } from '../app/ports/store.ts';
import type { ToldEvent } from '../domain/event.ts';
import type { Clock } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import type { Result } from '../kit/result.ts';
import { accountStore } from './accounts.ts';
import { addressStore } from './addresses.ts';
import { apiKeyStore } from './api-keys.ts';
import { auditTrail, writeAudit } from './audit.ts';
import { bulkJobStore } from './bulk-jobs.ts';
import { commentStore } from './comments.ts';
import { credentialStore } from './credentials.ts';
import { deliveryStore } from './deliveries.ts';
import { documentStore } from './documents.ts';
import { endpointStore } from './endpoints.ts';
import { eventStore, tellingNumbers, tellingOrders, trunkGroupHistory, writeEvents } from './events.ts';
import { expectationStore } from './expectations.ts';
import { holderStore } from './holders.ts';
import { idempotencyStore } from './idempotency.ts';
import { jobStore } from './jobs.ts';
import { ledgerStore } from './ledger.ts';
import { notifier } from './notify.ts';
import { numberDownloadStore } from './number-downloads.ts';
import { numberStore } from './numbers.ts';
import { orderReportStore } from './order-reports.ts';
import { orderStore } from './orders.ts';
import { outboundProfileStore } from './outbound-profiles.ts';
import { type Published, writeOutbox } from './outbox-rows.ts';
import { recordFacts } from './record-facts.ts';
import { referenceStore } from './references.ts';
import { requirementGroupStore } from './requirement-groups.ts';
import { requirementStore } from './requirements.ts';
import { reservationStore } from './reservations.ts';
import { reviewStore } from './reviews.ts';
import { routeSetStore } from './route-sets.ts';
import { subAccountStore } from './sub-accounts.ts';
import { BEGIN_CHANGE, BEGIN_READ, inTransaction, withRetries } from './transaction.ts';
import { trunkGroupStore } from './trunk-groups.ts';
import { trunkPartStore } from './trunk-parts.ts';
import { userStore } from './users.ts';
import { webhookGroupStore } from './webhook-groups.ts';
import { webhookStore } from './webhooks.ts';

/**
 * Work of use cases in Postgres transactions. `work` may run again after a deadlock, so it must touch nothing but its transaction.
 * What `guard` refuses is rolled back; without one nothing is expected of the plane.
 */
export function postgresUnitOfWork(pool: pg.Pool, clock: Clock, log: Logger, guard: PlaneGuard | null = null): UnitOfWork {
  const wakeRelay = notifier(pool, 'outbox', log);
  const wakeSweep = notifier(pool, 'jobs', log);
  return {
    async change(stamp, work) {
      let jobsDue = false;
      const onJobDue = (): void => {
        jobsDue = true;
      };
      const done = await withRetries(log, () => changeOnce({ pool, clock, guard, onJobDue }, stamp, work));
      if (done.ok && done.value.pending.length > 0) wakeRelay();
      if (done.ok && jobsDue) wakeSweep();
      return done;
    },
    read: (work) => inTransaction(pool, BEGIN_READ, async (client) => ({ commit: true, value: await work(readOnly(client)) })),
  };
}

type Done<T, E> = Result<{ readonly value: T; readonly pending: readonly PendingWrite[]; readonly epoch: number }, E>;

interface Around {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly guard: PlaneGuard | null;
  readonly onJobDue: () => void;
}

function changeOnce<T, E>(
  { pool, clock, guard, onJobDue }: Around,
  stamp: ActorStamp,
  work: (tx: Transaction) => Promise<Result<T, E>>,
): Promise<Done<T, E | ExpectationFailed>> {
  return inTransaction<Done<T, E | ExpectationFailed>>(pool, BEGIN_CHANGE, async (client) => {
    const published = new Map<string, Published>();
    const told: ToldEvent[] = [];
    const audit = (entry: AuditEntry) => writeAudit(client, stamp, entry, clock.now());
    const result = await work({
      ...stores(client, onJobDue, told),
      audit,
      async publish(write, rowId) {
        keepNewest(published, write, rowId);
      },
    });
    if (!result.ok) return { commit: false, value: result };
    await tell(client, told, onJobDue);
    const { isExpected, ...outbox } = await writeOutbox(client, [...published.values()]);
    const writes = [...published.values()].map(({ write }) => write);
    const refused = guard !== null && isExpected ? await guard.check({ stamp, writes, audit, ...guarded(client) }) : null;
    if (refused !== null) return { commit: false, value: { ok: false, error: refused } };
    return { commit: true, value: { ok: true, value: { value: result.value, ...outbox } } };
  });
}

/** Writes the events of a change, and orders a job for every webhook that hears of them. */
async function tell(client: pg.PoolClient, told: readonly ToldEvent[], onJobDue: () => void): Promise<void> {
  const deliveries = await writeEvents(client, told);
  if (deliveries.length === 0) return;
  await jobStore(client, onJobDue).enqueueAll(
    deliveries.map(({ id, accountId, at }) => ({
      queue: 'webhook-delivery',
      key: `${id}:1`,
      payload: { deliveryId: id },
      dueAt: at,
      accountId,
      numberId: null,
      at,
    })),
  );
}

const guarded = (client: pg.PoolClient) => ({
  expectations: expectationStore(client),
  facts: (called: readonly string[]) => recordFacts(client, called),
});

/** One record changed twice in one transaction is one write: nobody can see the version between. */
function keepNewest(published: Map<string, Published>, write: RecordWrite, rowId: string): void {
  const known = published.get(write.ref);
  if (known === undefined || known.write.version <= write.version) published.set(write.ref, { write, rowId });
}

const stores = (client: pg.PoolClient, onJobDue: () => void, told: ToldEvent[]): Omit<Transaction, 'audit' | 'publish'> => ({
  accounts: accountStore(client),
  keys: apiKeyStore(client),
  users: userStore(client),
  ledger: ledgerStore(client),
  numbers: tellingNumbers(numberStore(client), told),
  endpoints: endpointStore(client),
  ...guarded(client),
  trunkGroups: trunkGroupStore(client),
  trunkParts: trunkPartStore(client),
  outboundProfiles: outboundProfileStore(client),
  routeSets: routeSetStore(client),
  credentials: credentialStore(client),
  idempotency: idempotencyStore(client),
  orders: tellingOrders(orderStore(client, onJobDue), told),
  requirements: requirementStore(client),
  requirementGroups: requirementGroupStore(client),
  addresses: addressStore(client),
  documents: documentStore(client),
  references: referenceStore(client),
  reviews: reviewStore(client),
  comments: commentStore(client),
  reports: orderReportStore(client),
  auditTrail: auditTrail(client),
  numberDownloads: numberDownloadStore(client),
  bulkJobs: bulkJobStore(client),
  reservations: reservationStore(client),
  holders: holderStore(client),
  subAccounts: subAccountStore(client),
  jobs: jobStore(client, onJobDue),
  events: eventStore(client, told),
  webhooks: webhookStore(client),
  webhookGroups: webhookGroupStore(client),
  deliveries: deliveryStore(client),
  trunkGroupHistory: trunkGroupHistory(client),
});

/** Postgres refuses writes and row locks in a read-only transaction; these two would not even reach it. */
function readOnly(client: pg.PoolClient): Transaction {
  const refuse = async (): Promise<never> => {
    throw new Error('a reading transaction changes nothing');
  };
  return { ...stores(client, () => {}, []), audit: refuse, publish: refuse };
}
