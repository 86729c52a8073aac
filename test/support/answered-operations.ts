import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { expect } from 'vitest';
import type { HttpMetrics } from '../../src/app/ports/metrics.ts';
import { ANSWERED_DIR, type AnsweredFile, ROOT } from './test-results.ts';

/** Which operations of the faces answered a test file with success, for docs/API-COVERAGE.md. */
export interface AnsweredOperations {
  note(request: Parameters<HttpMetrics['observe']>[0]): void;
  /** Writes them down for the reporter. */
  keep(): void;
}

/** Listens for the test file that is running. */
export function answeredOperations(): AnsweredOperations {
  const { testPath } = expect.getState();
  const operations = new Set<string>();
  return {
    note({ face, method, route, status }) {
      if (route !== 'none' && (status < 300 || status === 304)) operations.add(`${face} ${method} ${route}`);
    },
    keep() {
      if (testPath === undefined || operations.size === 0) return;
      const file = relative(ROOT, testPath).split(sep).join('/');
      const kept: AnsweredFile = { file, operations: [...operations].toSorted() };
      mkdirSync(ANSWERED_DIR, { recursive: true });
      // One a harness, of which a test file may have several.
      const name = `${file.replaceAll('/', '_')}.${process.pid}.${Math.round(performance.now() * 1000)}.json`;
      writeFileSync(join(ANSWERED_DIR, name), JSON.stringify(kept));
    },
  };
}
