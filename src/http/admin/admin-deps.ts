import type { ChangeDeps } from '../../app/change.ts';
import type { InventoryDeps } from '../../app/inventory/import-inventory.ts';
import type { Clock } from '../../kit/clock.ts';

/** What the operations of the platform's own face work with. */
export interface AdminDeps extends ChangeDeps, InventoryDeps {
  readonly clock: Clock;
  readonly importBytesMax: number;
  readonly importRowsMax: number;
}
