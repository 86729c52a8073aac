/** A table of text: the first column is left-aligned, the others right-aligned. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const cells = ({ columns, rows }: Table): string[][] => [columns, ...rows].map((row) => columns.map((_, at) => row[at] ?? ''));

const widthsOf = (rows: readonly (readonly string[])[]): number[] =>
  (rows[0] ?? []).map((_, at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)));

const aligned = (row: readonly string[], widths: readonly number[]): string[] =>
  row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)));

/** The table for a terminal. */
export function formatText(table: Table): string {
  const rows = cells(table);
  const widths = widthsOf(rows);
  const lines = rows.map((row) => aligned(row, widths).join('  ').trimEnd());
  return [lines[0], widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}

/** The table for a Markdown page. */
export function formatMarkdown(table: Table): string {
  const rows = cells(table).map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = widthsOf(rows);
  const lines = rows.map((row) => `| ${aligned(row, widths).join(' | ')} |`);
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ');
  return [lines[0], `| ${rule} |`, ...lines.slice(1)].join('\n');
}

/** A number with at most `digits` decimals; `-` for one that could not be measured. */
export function fixed(value: number | undefined, digits = 2): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);
}
