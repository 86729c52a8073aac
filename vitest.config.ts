import { defineConfig } from 'vitest/config';
import { COMPILED_FILES, compiledSources } from './test/support/compiled-sources.ts';
import { resultsReporter } from './test/support/results-reporter.ts';

/** Tests that load the whole product or measure what parties of a call waited for: one at a time, when nothing else runs. */
const ALONE = ['test/chaos/**/*.test.ts', 'test/e2e/{rolling-restart,degraded-modes,killed-roles,sipp,demo}.test.ts'];

const common = { testTimeout: 120_000, hookTimeout: 120_000, server: { deps: { external: [COMPILED_FILES] } } };
const plugins = [compiledSources()];

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', resultsReporter()],
    projects: [
      {
        plugins,
        test: { ...common, name: 'parts', include: ['test/**/*.test.ts'], exclude: ALONE, maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      { plugins, test: { ...common, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
