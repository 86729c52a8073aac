import { startVitest } from 'vitest/node';
import { mutationPlugin } from './apply-mutation.ts';
import { MUTATIONS } from './mutations.ts';
import type { Verdict } from './run-mutation.ts';

// One mutation (its name is the argument), its test, and the verdict to the parent.
const mutation = MUTATIONS.find(({ name }) => name === process.argv[2]);
if (mutation === undefined) throw new Error(`no mutation ${process.argv[2]}`);
// Where a test builds a program to start it, that has the mutation too.
process.env['DIALPLANE_MUTATION'] = mutation.name;
let applied = false;
const vitest = await startVitest(
  'test',
  [mutation.test],
  {
    watch: false,
    // The projects of the file would load their modules without our plugin.
    config: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests bear the number in their name or in that of the group around them.
    testNamePattern: new RegExp(`invariants? ${mutation.invariant}\\b`),
    bail: 1,
    reporters: [{}],
    globalSetup: mutation.alone === true ? [] : ['test/support/global-setup.ts'],
  },
  {
    plugins: [
      mutationPlugin(mutation, () => {
        applied = true;
      }),
    ],
  },
);
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const named = (state: string): string[] => tests.filter((test) => test.result().state === state).map(({ fullName }) => fullName);
const verdict: Verdict = { name: mutation.name, applied, passed: named('passed').length, red: named('failed') };
process.send?.(verdict);
await vitest.close();
process.disconnect?.();
