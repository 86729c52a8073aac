import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { refusalPage } from '../../src/domain/refusal-page.ts';

it('keeps docs/REFUSALS.md as the catalogue has it', () => {
  expect(readFileSync(new URL('../../docs/REFUSALS.md', import.meta.url), 'utf8')).toBe(refusalPage());
});
