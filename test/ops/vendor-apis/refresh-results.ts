import { writeFileSync } from 'node:fs';
import { readResults } from '../../support/test-results.ts';
import { coveragePage } from './coverage-page.ts';
import { readLastResults, refreshed, writeLastResults } from './last-results.ts';

/** Takes the results of the last runs of the test files on this machine, and writes docs/API-COVERAGE.md with them. */
const results = refreshed(readLastResults(), readResults());
writeLastResults(results);
writeFileSync(new URL('../../../docs/API-COVERAGE.md', import.meta.url), coveragePage(results));
