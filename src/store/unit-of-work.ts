import type pg from 'pg';
import type { Doubt, ExpectationFailed, PlaneGuard } from '../app/ports/expectations.ts';
import type { RecordWrite } from '../app/ports/routing.ts';
import type { ActorStamp, AuditEntry, Lookups, PendingWrite, Transaction, UnitOfWork } from '../app/ports/store.ts';
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
import { gatewayStateStore } from './gateway-states.ts';
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
import type { Queryable } from './pool.ts';
import { recordFacts } from './record-facts.ts';
import { referenceStore } from './references.ts';
import { requirementGroupStore } from './requirement-groups.ts';
import { requirementStore } from './requirements.ts';
import { reservationStore } from './reservations.ts';
import { reviewStore } from './reviews.ts';
import { routeSetStore } from './route-sets.ts';
import { subAccountStore } from './sub-accounts.ts';
import { trafficPolicyStore } from './traffic.ts';
import { BEGIN_CHANGE, BEGIN_READ, inTransaction, onConnection, withRetries } from './transaction.ts';
import { trunkGroupStore } from './trunk-groups.ts';
import { trunkPartStore } from './trunk-parts.ts';
import { userStore } from './users.ts';
import { webhookGroupStore } from './webhook-groups.ts';
import { webhookStore } from './webhooks.ts';
import { WriteBehind } from './write-behind.ts';

/**
 * Work of use cases in Postgres transactions. `work` may run again after a deadlock, so it must touch nothing but its transaction.
 * What `guard` refuses is rolled back; without one nothing is expected of the plane.
 */
export function postgresUnitOfWork(pool: pg.Pool, clock: Clock, log: Logger, guard: PlaneGuard | null = null): UnitOfWork {
  const wakeSweep = notifier(pool, 'jobs', log);
  const statements = new Map<string, string>();
  return {
    async change(stamp, work) {
      let jobsDue = false;
      const onJobDue = (): void => {
        jobsDue = true;
      };
      const done = await changeGuarded({ pool, clock, log, guard, statements, onJobDue }, stamp, work);
      if (done.ok && jobsDue) wakeSweep();
      return done;
    },
    look: (work) => onConnection(pool, (client) => work(lookups(client))),
    read: (work) => inTransaction(pool, BEGIN_READ, async (client) => ({ commit: true, value: await work(readOnly(client)) })),
  };
}

type Done<T, E> = Result<{ readonly value: T; readonly pending: readonly PendingWrite[]; readonly epoch: number }, E>;

interface Around {
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly guard: PlaneGuard | null;
  readonly statements: Map<string, string>;
  readonly onJobDue: () => void;
}

/** Each time others changed what a verdict rests on in the middle of it; nobody is that unlucky. */
const ROUNDS_MAX = 5;

/** What the guard doubts is rolled back, settled without the change, and refused or done anew. */
async function changeGuarded<T, E>(
  around: Around,
  stamp: ActorStamp,
  work: (tx: Transaction) => Promise<Result<T, E>>,
): Promise<Done<T, E | ExpectationFailed>> {
  let isAllowed = false;
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const done = await withRetries(around.log, () => changeOnce(around, stamp, work, isAllowed));
    if (!('doubt' in done)) return done;
    const settled = await withRetries(around.log, () => settleOnce(around, done));
    if (typeof settled !== 'string') return { ok: false, error: settled };
    isAllowed ||= settled === 'allowed';
  }
  throw new Error('expectations that nobody can settle');
}

interface Doubted {
  readonly doubt: Doubt;
  readonly guard: PlaneGuard;
}

const settleOnce = ({ pool }: Around, { doubt, guard }: Doubted) =>
  inTransaction(pool, BEGIN_CHANGE, async (client) => ({ commit: true, value: await guard.settle(doubt, guarded(client)) }));

function changeOnce<T, E>(
  { pool, clock, guard, statements, onJobDue }: Around,
  stamp: ActorStamp,
  work: (tx: Transaction) => Promise<Result<T, E>>,
  isAllowed: boolean,
): Promise<Done<T, E> | Doubted> {
  return inTransaction<Done<T, E> | Doubted>(pool, BEGIN_CHANGE, async (client) => {
    const db = new WriteBehind(client, statements);
    const published = new Map<string, Published>();
    const told: ToldEvent[] = [];
    const audit = (entry: AuditEntry) => writeAudit(db, stamp, entry, clock.now());
    const result = await work({
      ...stores(db, onJobDue, told),
      audit,
      async publish(write, rowId) {
        keepNewest(published, write, rowId);
      },
    });
    if (!result.ok) return { commit: false, value: result };
    await writeEvents(db, told, onJobDue);
    const { isExpected, ...outbox } = await writeOutbox(db, [...published.values()]);
    const writes = [...published.values()].map(({ write }) => write);
    if (guard !== null && isExpected) {
      const doubt = await guard.check({ stamp, writes, isAllowed, audit, ...guarded(db) });
      if (doubt !== null) return { commit: false, value: { doubt, guard } };
    }
    await db.settle();
    return { commit: true, value: { ok: true, value: { value: result.value, ...outbox } } };
  });
}

const guarded = (client: Queryable) => ({
  expectations: expectationStore(client),
  facts: (called: readonly string[]) => recordFacts(client, called),
});

/** One record changed twice in one transaction is one write: nobody can see the version between. */
function keepNewest(published: Map<string, Published>, write: RecordWrite, rowId: string): void {
  const known = published.get(write.ref);
  if (known === undefined || known.write.version <= write.version) published.set(write.ref, { write, rowId });
}

const stores = (client: Queryable, onJobDue: () => void, told: ToldEvent[]): Omit<Transaction, 'audit' | 'publish'> => ({
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
  gatewayStates: gatewayStateStore(client),
  trafficPolicies: trafficPolicyStore(client),
});

const lookups = (client: Queryable): Lookups => ({
  keys: apiKeyStore(client),
  accounts: accountStore(client),
  users: userStore(client),
  numbers: numberStore(client),
  idempotency: idempotencyStore(client),
});

/** Postgres refuses writes and row locks in a read-only transaction; these two would not even reach it. */
function readOnly(client: Queryable): Transaction {
  const refuse = async (): Promise<never> => {
    throw new Error('a reading transaction changes nothing');
  };
  return { ...stores(client, () => {}, []), audit: refuse, publish: refuse };
}
