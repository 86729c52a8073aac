import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Mutation } from './mutations.ts';

/** What a mutation came to: the tests that went red, or why that cannot be told. */
export interface Verdict {
  readonly name: string;
  /** Was the mutated module loaded at all? */
  readonly applied: boolean;
  readonly passed: number;
  readonly red: readonly string[];
}

const RUNNER = new URL('./mutation-runner.ts', import.meta.url).pathname;
const MUTATION_MS = 300_000;

/** Runs the named test with the mutation, in a process of its own. */
export async function runMutation(mutation: Mutation): Promise<Verdict> {
  const child = fork(RUNNER, [mutation.name], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: environment(),
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), MUTATION_MS);
  let verdict: Verdict | undefined;
  child.on('message', (message) => {
    verdict = message as Verdict;
  });
  await once(child, 'exit');
  clearTimeout(timer);
  return verdict ?? { name: mutation.name, applied: false, passed: 0, red: [] };
}

/** Without what tells a process that it is a worker of the runner that runs now. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|TEST$|NODE_ENV$|NODE_OPTIONS$)/.test(name)));
