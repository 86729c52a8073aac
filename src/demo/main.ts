import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Daemon, DaemonFailed, startDaemon } from './daemon.ts';
import { type DemoPhone, startDemoPhone } from './demo-phone.ts';
import { placeCalls } from './place-calls.ts';
import { printCalls, printWhere, step } from './print.ts';
import { seed } from './seed.ts';

const STEPS = 4;

// Until everything is up, Ctrl-C ends what was started; the daemon ends by itself when its parent is gone.
function early(): void {
  process.exit(130);
}

/** The demo: starts everything, seeds it, places a real call in and a real call out, and says what happened and where. */
async function demo(once: boolean): Promise<number> {
  const startedAt = performance.now();
  const stops: (() => Promise<unknown>)[] = [];
  const ended = { code: null as number | null };
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    step(1, STEPS, 'starting Postgres, Redis, the SIP engine and the roles');
    const dataDir = resolve(process.env.DATA_DIR ?? './.local/demo');
    const daemon: Daemon = await startDaemon(dataDir, (line) => console.log(`      ${line}`));
    stops.push(() => daemon.stop());
    for (const [name, how] of Object.entries(daemon.state.services)) console.log(`      ${name}: ${how}`);
    step(2, STEPS, 'starting a carrier and a phone of our own');
    const carrier: DemoPhone = await startDemoPhone('127.0.0.1');
    stops.push(() => carrier.stop());
    const phone: DemoPhone = await startDemoPhone('127.0.0.1');
    stops.push(() => phone.stop());
    step(3, STEPS, 'account, money, ten numbers in stock; buying one over HTTP');
    const seeded = await seed(daemon.state, { carrier, phone }, resolve(dataDir, 'demo.json'));
    step(4, STEPS, 'calling in, calling out');
    const calls = await placeCalls(daemon.state, seeded, { carrier, phone });
    printCalls(calls);
    console.log(`\nready after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    const failed = calls.some(({ status }) => status !== 200);
    if (once) return failed ? 1 : 0;
    printWhere(daemon.state, seeded, daemon.logFile);
    await Promise.race([
      daemon.ended.then((code) => {
        ended.code = code;
      }),
      interrupted(),
    ]);
    if (ended.code !== null) console.error(`the daemon ended; see ${daemon.logFile}`);
    else console.log('\ndraining …');
    return ended.code ?? 0;
  } finally {
    await stopAll();
  }
}

const interrupted = (): Promise<void> =>
  new Promise((done) => {
    process.off('SIGINT', early);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
process.once('SIGINT', early);
try {
  process.exitCode = await demo(values.once);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof DaemonFailed ? error.exitCode : 1;
}
process.exit();
