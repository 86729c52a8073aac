import { expect, it } from 'vitest';
import { DRACHTIO_BIN } from '../support/drachtio-server.ts';
import { sippAvailable } from '../support/sipp.ts';
import { runQuickCancels } from './support/quick-cancels.ts';

if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): its quick CANCELs are left out');

/** `npm run quick-cancels` does it a thousand times. What is left is counted in our own engine alone. */
it.runIf(sippAvailable() && DRACHTIO_BIN === undefined)(
  '200 calls of sipp, cancelled at the 100 or at the 180: each caller hears 487, or ends a call that was picked up before its CANCEL; no ghost leg rings on, nothing is left',
  async () => {
    const { callers, called, ghosts, pickedUp, complaints, admitted, closed, left } = await runQuickCancels(200, 50);
    expect(callers.map(({ successful, failed }) => [successful, failed])).toEqual([
      [100, 0],
      [100, 0],
    ]);
    expect([called.failed, ghosts, complaints]).toEqual([0, 0, []]);
    // A machine that stands still for eight seconds lets callees pick up first; a server that is deaf to CANCELs would always.
    expect(pickedUp).toBeLessThan(100);
    // Those who waited for it were all rung.
    expect(called.created).toBeGreaterThanOrEqual(100);
    expect([admitted, closed, left]).toEqual([200, 200, { calls: 0, dialogs: 0, leases: 0 }]);
  },
);
