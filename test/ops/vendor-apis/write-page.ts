import { writeFileSync } from 'node:fs';
import { coveragePage } from './coverage-page.ts';

/** Writes docs/API-COVERAGE.md anew. */
writeFileSync(new URL('../../../docs/API-COVERAGE.md', import.meta.url), coveragePage());
