/**
 * `npm run bench [-- suite …] [--rate calls/s] [--seconds s] [--no-page]`: runs benchmarks, prints their tables, writes
 * `.local/bench/<suite>-<time>.json` and keeps the last figures in docs/PERFORMANCE.md. Exit code 1 when a suite missed.
 * For the suite `routing` also `--only patch,stale,…`, `--changes n`, `--numbers n,n` and `--full` (10 million numbers).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileProgram } from '../test/support/program.ts';
import { benchAdmission } from './admission.ts';
import { root } from './built.ts';
import { benchCallLog } from './call-log.ts';
import { benchCalls } from './calls.ts';
import { benchEngine } from './engine.ts';
import { benchGenerator } from './generator.ts';
import { machineNote, renderSection, updatePage } from './performance-page.ts';
import { benchRouting } from './routing.ts';
import type { Suite, SuiteOptions } from './suite.ts';
import { formatText } from './table.ts';

const suites: Readonly<Record<string, Suite>> = {
  admission: benchAdmission,
  calls: benchCalls,
  'call-log': benchCallLog,
  engine: benchEngine,
  generator: benchGenerator,
  routing: benchRouting,
};
const defaultSuites = ['calls'];
/** Decision C25; every other suite runs at 100 calls/s. */
const defaultRates: Readonly<Record<string, number>> = { routing: 400 };

function positive(name: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0, not ${text}`);
  return value;
}

async function runSuite(name: string, options: SuiteOptions, page: boolean): Promise<boolean> {
  const suite = suites[name];
  if (suite === undefined) throw new Error(`unknown suite ${name}; there are: ${Object.keys(suites).join(', ')}`);
  const startedAt = new Date().toISOString();
  const result = await suite(options);
  const machine = machineNote();
  console.log(`\n${result.title}  (${machine})\n`);
  for (const table of result.tables) console.log(`${formatText(table)}\n`);
  for (const note of result.notes) console.log(`* ${note}`);
  const file = join(options.folder, `${name}-${startedAt.replaceAll(':', '').slice(0, 17)}.json`);
  const { rate, seconds } = options;
  await writeFile(file, `${JSON.stringify({ suite: name, startedAt, machine, rate, seconds, ...result }, null, 2)}\n`);
  if (page) await updatePage(join(root, 'docs/PERFORMANCE.md'), name, renderSection(name, result, startedAt.slice(0, 10), machine));
  console.log(`\n${result.ok ? 'ok' : 'MISSED'}: written to ${file}`);
  return result.ok;
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
    seconds: positive('seconds', values.seconds, 60),
    folder,
    progress: (line: string) => console.log(`bench: ${line}`),
  };
  common.progress('compiling the program');
  compileProgram();
  let ok = true;
  for (const name of positionals.length === 0 ? defaultSuites : positionals) {
    const options: SuiteOptions = { ...common, rate: positive('rate', values.rate, defaultRates[name] ?? 100) };
    ok = (await runSuite(name, options, values['no-page'] !== true)) && ok;
  }
  process.exitCode = ok ? 0 : 1;
}

await main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
