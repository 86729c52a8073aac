import { expect, it } from 'vitest';
import { DRACHTIO_BIN } from '../support/drachtio-server.ts';
import { runLossyCalls } from './support/lossy-calls.ts';

// A drachtio-server tells nobody what it still has.
it.runIf(DRACHTIO_BIN === undefined)(
  'calls through a network that loses, doubles and reorders datagrams: none stuck, none recorded twice, nothing left',
  async () => {
    const seed = Date.now() % 1_000_000;
    const report = await runLossyCalls({ calls: 100, seed, rate: 60, holdMs: 150, t1Ms: 30 });
    const { troubles, wrongRecords, records, left } = report;
    expect({ seed, troubles, wrongRecords, records, left }).toEqual({
      ...{ seed, troubles: [], wrongRecords: [], records: 100 },
      left: { leases: 0, liveCalls: 0, dialogs: 0, transactions: 0 },
    });
    expect(report.durationOffMsMax).toBeLessThan(64 * report.t1Ms);
    expect(report.datagrams.lost).toBeGreaterThan(20);
  },
  60_000,
);
