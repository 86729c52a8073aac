import { sqlState } from './transaction.ts';

// Connection exceptions (08), insufficient resources (53), operator intervention (57: shutdown, start-up, statement cancelled by
// its time limit), lock not available (55P03), too long in a transaction (25P03).
const AWAY_STATES = /^(08|53|57)|^(55P03|25P03)$/;
const AWAY_ERRNOS = /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|EAI_AGAIN)$/;
// The driver's own errors have no code.
const AWAY_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** True when an error says that Postgres cannot be reached or has no time: answered 503 and tried again later, no fault of ours. */
export function isStoreAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreAway);
  const code = sqlState(error);
  return code === undefined ? AWAY_MESSAGES.test(error.message) : AWAY_STATES.test(code) || AWAY_ERRNOS.test(code);
}
