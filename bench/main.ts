/**
 * `npm run bench [-- suite …] [--rate calls/s] [--seconds s] [--no-page]`: runs benchmarks, prints their tables, writes
 * `.local/bench/<suite>-<time>.json` and keeps the last figures in docs/PERFORMANCE.md. Exit code 1 when a suite missed.
 * For the suite `routing` also `--only patch,stale,…`, `--changes n`, `--numbers n,n` and `--full` (10 million numbers).
 * For the suite `engine` also `--only cpu,rate,alone,memory`, and `DRACHTIO_BIN` for a server to compare with.
 * For the suite `api` also `--numbers few,many` and `--full` (3 million numbers, more of everything). `--small` only shows that a suite
 * works. `--json` prints nothing but the figures.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileProgram } from '../test/support/program.ts';
import { benchAdmission } from './admission.ts';
import { benchApi } from './api.ts';
import { root } from './built.ts';
import { benchCallLog } from './call-log.ts';
import { benchCalls } from './calls.ts';
import { benchEngine } from './engine.ts';
import { benchGenerator } from './generator.ts';
import { machineNote, renderSection, updatePage } from './performance-page.ts';
import { benchRouting } from './routing.ts';
import type { Suite, SuiteOptions, SuiteResult } from './suite.ts';
import { formatText } from './table.ts';

const suites: Readonly<Record<string, Suite>> = {
  admission: benchAdmission,
  api: benchApi,
  calls: benchCalls,
  'call-log': benchCallLog,
  engine: benchEngine,
  generator: benchGenerator,
  routing: benchRouting,
};
const defaultSuites = ['calls'];
/** Decision C25; every other suite runs at 100 calls/s. */
const defaultRates: Readonly<Record<string, number>> = { routing: 400, engine: 300 };

function positive(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${text}`);
  return value;
}

interface Shown {
  /** Whether docs/PERFORMANCE.md keeps the figures. */
  readonly page: boolean;
  readonly json: boolean;
}

async function runSuite(name: string, options: SuiteOptions, { page, json }: Shown): Promise<boolean> {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`unknown suite ${name}; there are: ${Object.keys(suites).join(', ')}`);
  const startedAt = new Date().toISOString();
  const result = await suite(options);
  const machine = machineNote();
  const file = join(options.folder, `${name}-${startedAt.replaceAll(':', '').slice(0, 17)}.json`);
  const { rate, seconds } = options;
  const figures = `${JSON.stringify({ suite: name, startedAt, machine, rate, seconds, ...result }, null, 2)}\n`;
  await writeFile(file, figures);
  if (page) await updatePage(join(root, 'docs/PERFORMANCE.md'), name, renderSection(name, result, startedAt.slice(0, 10), machine));
  if (json) process.stdout.write(figures);
  else tell(result, machine, file);
  return result.ok;
}

function tell(result: SuiteResult, machine: string, file: string): void {
  console.log(`\n${result.title}  (${machine})\n`);
  for (const table of result.tables) console.log(`${formatText(table)}\n`);
  for (const note of result.notes) console.log(`* ${note}`);
  console.log(`\n${result.ok ? 'ok' : 'MISSED'}: written to ${file}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rate: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      changes: { type: 'string' },
      numbers: { type: 'string' },
      full: { type: 'boolean' },
      small: { type: 'boolean' },
      json: { type: 'boolean' },
      'no-page': { type: 'boolean' },
    },
  });
  const folder = join(root, '.local/bench');
  await mkdir(folder, { recursive: true });
  const common = {
    ...(values.only === undefined ? {} : { only: values.only.split(',') }),
    ...(values.changes === undefined ? {} : { changes: positive('changes', values.changes, 1) }),
    ...(values.numbers === undefined ? {} : { numbers: values.numbers.split(',').map((text) => positive('numbers', text, 1)) }),
    full: values.full === true,
    small: values.small === true,
    seconds: positive('seconds', values.seconds, 60),
    folder,
    progress: (line: string) => console.error(`bench: ${line}`),
  };
  common.progress('compiling the program');
  compileProgram();
  const shown = { page: values['no-page'] !== true && !common.small, json: values.json === true };
  let ok = true;
  for (const name of positionals.length === 0 ? defaultSuites : positionals) {
    const options: SuiteOptions = { ...common, rate: positive('rate', values.rate, defaultRates[name] ?? 100) };
    ok = (await runSuite(name, options, shown)) && ok;
  }
  process.exitCode = ok ? 0 : 1;
}

await main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
