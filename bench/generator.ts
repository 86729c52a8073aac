import { freeUdpPort } from '../test/support/sipp.ts';
import { requireSipp, runLoad, startCallee } from './load.ts';
import { quantileOf } from './quantiles.ts';
import type { Suite } from './suite.ts';
import { fixed } from './table.ts';

/** The load without the product between caller and callee: what the generator itself costs and can do here. */
export const benchGenerator: Suite = async ({ rate, seconds, progress }) => {
  requireSipp();
  const callee = await startCallee();
  try {
    progress(`${rate} calls/s for ${seconds} s, sipp to sipp`);
    const port = await freeUdpPort('127.0.0.1');
    const load = await runLoad({ remote: callee, port, called: ['+442079460000'], rate, seconds, holdMs: 500 });
    const { created, failed, retransmissions } = load;
    const [p50, p99] = [quantileOf(load.setupMs, 0.5), quantileOf(load.setupMs, 0.99)];
    const row = [String(created), String(failed), String(retransmissions), fixed(p50, 0), fixed(p99, 0)];
    return {
      title: `sipp to sipp, ${rate} calls/s for ${seconds} s`,
      tables: [{ columns: ['calls', 'failed', 'retransmissions', 'set-up p50 ms', 'set-up p99 ms'], rows: [row] }],
      figures: { created, failed, retransmissions, setupP50Ms: p50, setupP99Ms: p99 },
      notes: ['No product in between: compare with the suite `calls` to see what the generator itself costs.'],
      ok: failed === 0 && created === Math.round(rate * seconds),
    };
  } finally {
    await callee.stop();
  }
};
