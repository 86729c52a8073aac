import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

// npm run faults [-- --only "purchase kill"] [--seed 2]: every fault at every point, and what became of each.
const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } } });
const env = { ...process.env, FAULTS: 'full', FAULTS_ONLY: values.only, FAULTS_SEED: values.seed };
const run = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/faults', '--disable-console-intercept'], {
  stdio: 'inherit',
  env,
});
run.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
