import { PlaneUnavailable } from './plane-view.ts';

const AWAY_CODES = /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT)$/;
// The driver's own errors have no code; the rest are a server that is loading, or that is no longer the primary.
const AWAY_MESSAGES =
  /^(Connection is closed|Command timed out|Stream isn't writeable|Reached the max retries|LOADING|MASTERDOWN|READONLY)/;

// Nothing waits in line for a connection (no offline queue), and a server that refuses commands ran none.
const UNDONE_MESSAGES = /^(Stream isn't writeable|LOADING|MASTERDOWN|READONLY)/;

/** True when an error of a script that checks before it writes says that it wrote nothing: not sent, turned away, or no plane there. */
export function isUndone(error: unknown): boolean {
  if (error instanceof PlaneUnavailable || error instanceof RangeError) return true;
  return error instanceof Error && UNDONE_MESSAGES.test(error.message);
}

/** True when an error says that the plane cannot be read now: Redis away, or without a complete plane. */
export function isPlaneAway(error: unknown): boolean {
  if (error instanceof PlaneUnavailable) return true;
  if (!(error instanceof Error)) return false;
  return AWAY_MESSAGES.test(error.message) || ('code' in error && AWAY_CODES.test(String(error.code)));
}
