import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningSipp, runSipp, type SippResult, sippAvailable, startSipp } from '../test/support/sipp.ts';

/** A steady load of calls from one sipp. */
export interface LoadOptions {
  readonly remote: { readonly host: string; readonly port: number };
  /** The port the calls come from. */
  readonly port: number;
  readonly called: readonly string[];
  readonly rate: number;
  readonly seconds: number;
  readonly holdMs: number;
}

/** Ends the benchmark with one line when sipp is not there. */
export function requireSipp(): void {
  if (!sippAvailable()) throw new Error('this benchmark needs sipp: apt-get install sip-tester, or brew install sipp');
}

/** Places `rate · seconds` calls and returns what sipp counted, set-up times included. */
export async function runLoad(options: LoadOptions): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-load-'));
  const numbers = join(folder, 'numbers.csv');
  await writeFile(numbers, ['SEQUENTIAL', ...options.called.map((number) => `+447700900123;${number}`), ''].join('\n'));
  try {
    return await runSipp({
      scenario: fileURLToPath(new URL('scenarios/uac-load.xml', import.meta.url)),
      ...{ remote: options.remote, port: options.port, rate: options.rate, pauseMs: options.holdMs },
      calls: Math.round(options.rate * options.seconds),
      concurrentMax: Math.ceil(options.rate * (options.holdMs / 1000 + 40)), // never the limit: sipp gives up after 32 s
      timeoutMs: (options.seconds + 60) * 1000,
      moreArguments: ['-inf', numbers, '-trace_rtt', '-rtt_freq', '10'],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A callee that answers at once, until it is stopped. */
export function startCallee(): Promise<RunningSipp> {
  return startSipp({ scenario: 'uas-answers', pauseMs: 0, moreArguments: ['-max_retrans', '10'] });
}
