import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CallRefusalCode } from '../../src/domain/refusal.ts';
import { refusalPage } from '../../src/domain/refusal-page.ts';
import { TABLE } from '../api/refusal-table.ts';
import { WIRE_REFUSALS } from '../sip/support/wire-refusals.ts';

const PAGE = new URL('../../docs/REFUSALS.md', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const wireTests = Object.entries(WIRE_REFUSALS) as [CallRefusalCode, readonly [string, string]][];

/** The other half: how every face says each refusal of a request. */
const requestsPage = (): string => `# Why a request was refused

Every refusal of a request (\`src/domain/request-refusal.ts\`), as status and code of each face; \`conflict\` and \`expired\` carry codes of
their own (here \`name_taken\` and \`call_expired\`).

| refusal | Kros | Vobiz | Telnyx | admin |
| --- | --- | --- | --- | --- |
${Object.entries(TABLE)
  .map(([kind, faces]) => `| \`${kind}\` | ${faces.map((shown) => shown.replace(/ (.+)/, ' `$1`')).join(' | ')} |`)
  .join('\n')}
`;

it('keeps docs/REFUSALS.md as the catalogue, the tests and the faces have it', () => {
  const shown = wireTests.map(([code, [file, title]]) => [code, `\`test/${file}\`: ${title}`]);
  const page = `${refusalPage(Object.fromEntries(shown))}\n${requestsPage()}`;
  // UPDATE_REFUSALS=1 npx vitest run test/domain/refusal-page.test.ts writes it anew.
  if (process.env.UPDATE_REFUSALS === '1') writeFileSync(PAGE, page);
  expect(readFileSync(PAGE, 'utf8')).toBe(page);
});

it.each(wireTests)('%s is put on the wire by a test that is there and names it', (code, [file, title]) => {
  const text = textOf(file);
  const at = text.indexOf(`'${title}'`);
  expect(at, `${file}: ${title}`).toBeGreaterThan(0);
  const end = text.slice(at).search(/\n {0,2}\}\);/);
  const body = text.slice(at, at + (end < 0 ? 4000 : end));
  expect(code === 'agent_lost' ? body.includes('waitBye') : body.includes(code), `${file} says ${code}`).toBe(true);
});
