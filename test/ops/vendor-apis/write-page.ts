import { writeFileSync } from 'node:fs';
import { coveragePage } from './coverage-page.ts';
import { readLastResults } from './last-results.ts';

/** Writes docs/API-COVERAGE.md anew with the results that were refreshed last. */
writeFileSync(new URL('../../../docs/API-COVERAGE.md', import.meta.url), coveragePage(readLastResults()));
