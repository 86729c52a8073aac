import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './rules-file.ts';
import { coveragePage, stateOf, VENDOR_ROWS } from './vendor-apis/coverage-page.ts';
import { FIELD_TREATMENTS } from './vendor-apis/field-treatments.ts';
import { keyOf, readLastResults, refreshed } from './vendor-apis/last-results.ts';
import type { Row } from './vendor-apis/row.ts';
import { KROS_OPERATIONS, VOBIZ_OPERATIONS } from './vendor-apis/seed-operations.ts';
import { nameless, readServed } from './vendor-apis/served.ts';
import { TELNYX_MENU } from './vendor-apis/telnyx-menu.ts';

const served = readServed();
const rows = [...KROS_OPERATIONS, ...VOBIZ_OPERATIONS, ...TELNYX_MENU];

describe('docs/API-COVERAGE.md', () => {
  it('is what the faces serve now (node --import tsx test/ops/vendor-apis/write-page.ts)', () => {
    expect(readFileSync(join(ROOT, 'docs/API-COVERAGE.md'), 'utf8')).toBe(coveragePage(readLastResults()));
  });

  it('names a test for every operation: one that exists, called it with success and passed (run it, then npm run api-coverage)', () => {
    const results = readLastResults();
    const built = VENDOR_ROWS.flatMap(([face, , , list]) =>
      list.flatMap(({ operations }) =>
        operations.filter(([, operation]) => served.operations.has(nameless(operation))).map(([, operation]) => keyOf(face, operation)),
      ),
    );
    expect(built.filter((key) => results[key] === undefined)).toEqual([]);
    expect(built.filter((key) => (results[key]?.failed ?? 0) > 0 || results[key]?.passed === 0)).toEqual([]);
    expect([...new Set(Object.values(results).map(({ file }) => file))].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('takes the results of a run of some files without losing the others', () => {
    const run = { on: '2026-11-22', passed: 3, failed: 0 };
    const wide = { ...run, file: 'test/ops/coverage.test.ts', of: 9 };
    const known = { 'kros GET /a/{}': wide, 'kros GET /gone': { ...wide, file: 'test/gone.test.ts' }, 'kros GET /kept': wide };
    const narrow = { ...run, operations: ['kros GET /a/:id', 'admin GET /b', 'telnyx GET /c'] };
    const failing = { ...run, failed: 1, operations: ['telnyx GET /c'] };
    expect(refreshed(known, { 'test/narrow.test.ts': narrow, 'test/failing.test.ts': failing })).toEqual({
      'kros GET /a/{}': { ...run, file: 'test/narrow.test.ts', of: 3 },
      'kros GET /kept': wide,
      'telnyx GET /c': { ...run, file: 'test/narrow.test.ts', of: 3 },
    });
    expect(refreshed({}, { 'test/failing.test.ts': failing })['telnyx GET /c']?.failed).toBe(1);
  });

  it('has every group of the Telnyx menu once, each with a reason where it is not built', () => {
    const groups = TELNYX_MENU.map(({ group }) => group);
    expect(groups.length).toBe(128);
    expect(new Set(groups).size).toBe(128);
    for (const row of TELNYX_MENU) if (row.kind !== 'core') expect(row.note.length, row.group).toBeGreaterThan(5);
  });

  it('speaks of every operation a face serves: nothing is built that the page does not know', () => {
    const known = new Set(rows.flatMap(({ operations }) => operations.map(([, operation]) => nameless(operation))));
    const unprefixed = (operation: string) => operation.replace(' /v1/', ' /');
    const bareOrders = new Set((TELNYX_MENU[0]?.operations ?? []).map(([, operation]) => nameless(operation.replace('/v2', ''))));
    const attachments = /^POST \/(?:sub_number_orders|number_order_phone_numbers)\/\{\}\/requirement_group$/;
    const unknown = [...served.operations].filter(
      (operation) =>
        !known.has(operation) && !known.has(unprefixed(operation)) && !bareOrders.has(operation) && !attachments.test(operation),
    );
    expect(unknown).toEqual([]);
  });

  it('calls the operations of the seeds built that the product was made for', () => {
    const stateIn = (list: readonly Row[], group: string) => stateOf(list.find((row) => row.group === group) ?? list[0]!, served);
    for (const row of KROS_OPERATIONS) expect(stateOf(row, served), row.group).toBe('built');
    for (const group of ['Purchase from inventory', 'Unrent', 'Assign to sub-account', 'Unassign from sub-account', 'View a number']) {
      expect(stateIn(VOBIZ_OPERATIONS, group), group).toBe('built');
    }
    expect(served.operations.has('PATCH /number_orders/{}')).toBe(true);
    expect(served.operations.has('PATCH /v2/number_orders/{}')).toBe(true);
  });

  it('says of every field that a client may write whether it acts, is kept, or is refused (decision B33)', () => {
    for (const [face, fields] of Object.entries(served.fields)) {
      const said = Object.keys(FIELD_TREATMENTS[face] ?? {});
      expect(
        [...fields].filter((field) => !said.includes(field)),
        `${face}: field-treatments.ts lacks`,
      ).toEqual([]);
      expect(
        said.filter((field) => !fields.has(field)),
        `${face}: field-treatments.ts has what is gone`,
      ).toEqual([]);
    }
  });
});
