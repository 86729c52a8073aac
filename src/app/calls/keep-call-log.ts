import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { CallKeeper } from '../ports/calls.ts';

export interface KeepCallLogDeps {
  readonly keeper: CallKeeper;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long call records are kept, ms. */
  readonly callsMs: number;
  /** How long what a call was decided on is kept, for explain, ms (decision C12). */
  readonly decisionsMs: number;
}

const DAYS_AHEAD = 4;

/** One round over the days of the call log: room for today and the next three, and an end for those whose time is over. */
export async function keepCallLog({ keeper, clock, log, callsMs, decisionsMs }: KeepCallLogDeps): Promise<void> {
  const now = clock.now();
  await keeper.makeDays(now, DAYS_AHEAD);
  const dropped = await keeper.dropBefore({ callsMs: now - callsMs, decisionsMs: now - decisionsMs });
  if (dropped.length > 0) log.info('days of the call log are over', { dropped });
}
