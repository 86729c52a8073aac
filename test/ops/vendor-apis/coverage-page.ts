import { FIELD_TREATMENTS } from './field-treatments.ts';
import { keyOf, type LastResult, type LastResults } from './last-results.ts';
import type { Row } from './row.ts';
import { KROS_OPERATIONS, VOBIZ_OPERATIONS } from './seed-operations.ts';
import { nameless, readServed, type Served } from './served.ts';
import { TELNYX_MENU } from './telnyx-menu.ts';

const INTRODUCTION = `# What of the vendors' APIs is here

This page is generated. "Built" is not said by hand: it is read from the OpenAPI documents of the faces. Nor are the tests: every test
file notes which operations it really called over HTTP and got a success for; \`npm run api-coverage\` writes that here after a run of all
tests or of some, and \`node --import tsx test/ops/vendor-apis/write-page.ts\` writes the page anew with the results it has.

* **built**: every operation of the row answers. **n of m**: some do. **not yet**: ours to build, none does.
* **label**: no resource; its id is accepted in the fields of others as a text, kept and echoed.
* **out**: not in this product, for the reason given.
* **Tested**: operations of the row that a test file which passed has called with success; below they are listed one by one.
`;

const FIELDS = `## Fields that are written

Every field of a JSON body does one of three things (decision B33). **enforced**: it acts. **label**: kept and echoed, nothing else.
**refused**: an error that names it, unless it says what is so anyway.
`;

/** Whether the row is there: `built`, `3 of 8`, `not yet`, `label`, `out`. */
export function stateOf(row: Row, served: Served): string {
  if (row.kind !== 'core') return row.kind;
  const there = row.operations.filter(([, operation]) => served.operations.has(nameless(operation))).length;
  if (there === row.operations.length) return 'built';
  return there === 0 ? 'not yet' : `${there} of ${row.operations.length}`;
}

/** The faces of the vendors with their rows. */
export const VENDOR_ROWS: readonly (readonly [face: 'kros' | 'vobiz' | 'telnyx', title: string, first: string, rows: readonly Row[]])[] = [
  ['kros', 'Kros: phone numbers and endpoints', 'Operation', KROS_OPERATIONS],
  ['vobiz', 'Vobiz: phone numbers and what they need', 'Operation', VOBIZ_OPERATIONS],
  ['telnyx', 'Telnyx: every group of the menu', 'Group', TELNYX_MENU],
];

/** docs/API-COVERAGE.md as it must be with these results. */
export function coveragePage(results: LastResults): string {
  const served = readServed();
  const lines = [INTRODUCTION];
  for (const [face, title, first, rows] of VENDOR_ROWS) lines.push(`## ${title}\n`, ...table(first, face, rows, served, results), '');
  for (const [face, title, , rows] of VENDOR_ROWS) {
    const [vendor] = title.split(':');
    lines.push(`## ${vendor}, operation by operation\n`, ...operationTable(face, rows, served, results), '');
  }
  lines.push(FIELDS, '| Face | Field | Treatment |', '|---|---|---|');
  for (const [face, fields] of Object.entries(served.fields)) {
    for (const field of [...fields].sort()) lines.push(`| ${face} | \`${field}\` | ${FIELD_TREATMENTS[face]?.[field] ?? 'unknown'} |`);
  }
  return `${lines.join('\n')}\n`;
}

function table(first: string, face: string, rows: readonly Row[], served: Served, results: LastResults): readonly string[] {
  const body = rows.map((row) => {
    const passed = row.operations.filter(([, operation]) => results[keyOf(face, operation)]?.failed === 0).length;
    const tested = row.kind === 'core' ? `${passed} of ${row.operations.length}` : '';
    return `| ${row.group} | ${stateOf(row, served)} | ${tested} | ${[missing(row, served), row.note].filter(Boolean).join(' ')} |`;
  });
  return [`| ${first} | State | Tested | Note |`, '|---|---|---|---|', ...body];
}

/** One line an operation: what the vendor calls it, where it is, whether it is built, which test file proves it and how that ended. */
function operationTable(face: string, rows: readonly Row[], served: Served, results: LastResults): readonly string[] {
  const body = rows.flatMap((row) =>
    row.operations.map(([title, operation]) => {
      const name = [row.group, title].filter(Boolean).join(': ');
      const state = served.operations.has(nameless(operation)) ? 'built' : 'not yet';
      const bare = operation.replace('/v2', '');
      const at = row === TELNYX_MENU[0] ? `\`${operation}\`, \`${bare.split(' ')[1]}\`` : `\`${operation}\``;
      return `| ${name} | ${at} | ${state} | ${resultText(results[keyOf(face, operation)])} |`;
    }),
  );
  return ['| Operation | At | State | Test | Last result |', '|---|---|---|---|---|', ...body];
}

function resultText(result: LastResult | undefined): string {
  if (result === undefined) return 'none | never run';
  const { file, passed, failed, on } = result;
  const count = (tests: number): string => `${tests} test${tests === 1 ? '' : 's'}`;
  const end = failed === 0 ? `${count(passed)} passed` : `**${failed} of ${count(passed + failed)} failed**`;
  return `\`${file}\` | ${end}, ${on}`;
}

/** Where a part is there, what is not. */
function missing(row: Row, served: Served): string {
  const absent = row.operations.filter(([, operation]) => !served.operations.has(nameless(operation)));
  if (absent.length === 0 || absent.length === row.operations.length) return '';
  return `Not yet: ${absent.map(([, operation]) => `\`${operation}\``).join(', ')}.`;
}
