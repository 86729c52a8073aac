import type { Reporter, TestModule } from 'vitest/node';
import { type FileResult, keepResults } from './test-results.ts';

/** Keeps how the test files of a run ended beside the operations that they called; `npm run api-coverage` writes the page from it. */
export function resultsReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], _errors: readonly unknown[], reason: string) {
      if (reason === 'interrupted') return;
      const on = new Date().toISOString().slice(0, 10);
      keepResults(new Map(modules.filter(isWhole).map((module) => [module.relativeModuleId, { on, ...countsOf(module) }])));
    },
  };
}

/** A run of some tests of a file (`-t`) says nothing of the others. */
const isWhole = (module: TestModule): boolean => [...module.children.allTests()].every((test) => test.result().state !== 'skipped');

function countsOf(module: TestModule): Pick<FileResult, 'passed' | 'failed'> {
  const states = [...module.children.allTests()].map((test) => test.result().state);
  const failed = states.filter((state) => state !== 'passed').length;
  // A file that fails outside of its tests has failed as well.
  return { passed: states.length - failed, failed: module.ok() ? failed : Math.max(1, failed) };
}
