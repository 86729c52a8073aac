import { defineConfig } from 'vitest/config';
import { resultsReporter } from './test/support/results-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ['default', resultsReporter()],
  },
});
