import type { LoggedDelivery } from '../app/ports/webhooks.ts';
import type { Delivery, DeliveryAttempt } from '../domain/webhook.ts';
import { eventsByIds } from './events.ts';
import type { Queryable } from './pool.ts';
import { timestamp, timestampOrNull } from './timestamps.ts';

interface AttemptRow {
  delivery_id: string;
  n: number;
  url: string;
  started_at: number;
  finished_at: number | null;
  outcome: DeliveryAttempt['outcome'];
  error: string | null;
  http_status: number | null;
  request_headers: DeliveryAttempt['requestHeaders'];
  response_headers: DeliveryAttempt['responseHeaders'];
  response_body: string | null;
}

const toAttempt = (row: AttemptRow): DeliveryAttempt => ({
  n: row.n,
  url: row.url,
  startedAt: row.started_at,
  finishedAt: row.finished_at,
  outcome: row.outcome,
  error: row.error,
  httpStatus: row.http_status,
  requestHeaders: row.request_headers,
  responseHeaders: row.response_headers,
  responseBody: row.response_body,
});

/** Notes that a try begins, and that the delivery is being sent until its worker must be gone. */
export async function writeBegin(
  db: Queryable,
  { id, tries, attempts, startedAt }: Delivery,
  attempt: Pick<DeliveryAttempt, 'n' | 'url' | 'startedAt' | 'requestHeaders'>,
  leaseMs: number,
): Promise<void> {
  await db.query(
    `update webhook_deliveries set tries = $2, attempts = $3, started_at = $4,
       sending_until = clock_timestamp() + $5 * interval '1 millisecond' where id = $1`,
    [id, tries, attempts, timestampOrNull(startedAt), leaseMs],
  );
  await db.query('insert into webhook_attempts (delivery_id, n, url, started_at, request_headers) values ($1, $2, $3, $4, $5)', [
    id,
    attempt.n,
    attempt.url,
    timestamp(attempt.startedAt),
    JSON.stringify(attempt.requestHeaders),
  ]);
}

/** Writes how a try ended. */
export async function writeAttempt(db: Queryable, deliveryId: string, attempt: DeliveryAttempt): Promise<void> {
  await db.query(
    `update webhook_attempts set finished_at = $3, outcome = $4, error = $5, http_status = $6, response_headers = $7, response_body = $8
      where delivery_id = $1 and n = $2`,
    [
      deliveryId,
      attempt.n,
      timestampOrNull(attempt.finishedAt),
      attempt.outcome,
      attempt.error,
      attempt.httpStatus,
      attempt.responseHeaders === null ? null : JSON.stringify(attempt.responseHeaders),
      attempt.responseBody,
    ],
  );
}

/** Deliveries with their events and attempts, in the order asked for. */
export async function logDeliveries(db: Queryable, deliveries: readonly Delivery[]): Promise<readonly LoggedDelivery[]> {
  if (deliveries.length === 0) return [];
  const events = new Map(
    (
      await eventsByIds(
        db,
        deliveries.map(({ eventId }) => eventId),
      )
    ).map((event) => [event.id, event]),
  );
  const { rows } = await db.query<AttemptRow>(
    `select delivery_id, n, url, started_at, finished_at, outcome, error, http_status, request_headers, response_headers, response_body
       from webhook_attempts where delivery_id = any($1::uuid[]) order by delivery_id, n desc`,
    [deliveries.map(({ id }) => id)],
  );
  const attempts = new Map<string, DeliveryAttempt[]>(deliveries.map(({ id }) => [id, []]));
  for (const row of rows) attempts.get(row.delivery_id)?.push(toAttempt(row));
  return deliveries.flatMap((delivery) => {
    const event = events.get(delivery.eventId);
    return event === undefined ? [] : [{ delivery, event, attempts: attempts.get(delivery.id) ?? [] }];
  });
}
