import { type Resealed, reseal } from '../app/sealing/reseal.ts';
import { systemClock } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import { createSealer } from '../kit/seal.ts';
import { createPool } from '../store/pool.ts';
import { postgresUnitOfWork } from '../store/unit-of-work.ts';

/** The keys of today and before, as `SEALING_KEY` and `SEALING_KEY_PREVIOUS` spell them. */
export interface SealingKeys {
  readonly current: string;
  readonly previous: readonly string[];
}

/** Seals everything in this database with the current key; the workers that run on it tell the agents. Throws when it is away. */
export async function resealSecrets(url: string, keys: SealingKeys, log: Logger, progress: (so: Resealed) => void): Promise<Resealed> {
  const pool = createPool(url, {
    log,
    connectionsMax: 1,
    connectionTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    idleTimeoutMs: 10_000,
    applicationName: 'dialplane-reseal',
  });
  try {
    const sealer = createSealer(keys.current, keys.previous);
    return await reseal({ unitOfWork: postgresUnitOfWork(pool, systemClock, log), sealer, clock: systemClock, log }, progress);
  } finally {
    await pool.end();
  }
}
