import type { Job } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Transaction } from '../ports/store.ts';

/**
 * A job was given up after its last fault: the delivery it was for has failed with it, so that it can be replayed and is forgotten in
 * time. Other jobs, and deliveries that are over or in another round, stay as they are.
 */
export const giveUpDelivery =
  (clock: Clock) =>
  async (tx: Transaction, job: Job): Promise<void> => {
    if (job.queue !== 'webhook-delivery') return;
    const [deliveryId = '', round] = job.key.split(':');
    const delivery = await tx.deliveries.lock(deliveryId);
    if (delivery === null || delivery.nextAt === null || String(delivery.round) !== round) return;
    await tx.deliveries.save({ ...delivery, state: 'failed', error: 'internal_error', nextAt: null, finishedAt: clock.now() });
  };
