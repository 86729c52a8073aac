import { cellText } from './printable.ts';

const CELL_MAX = 60;

const clip = (text: string): string => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text);

/** Rows as aligned columns under their names. Cells are made safe for terminals and clipped, but for the last column, which is not padded either. */
export function tableText(rows: readonly object[], columns: readonly string[], header: boolean): string {
  const cells = rows.map((row) =>
    columns.map((column, index) => {
      const text = cellText((row as Record<string, unknown>)[column]);
      return index === columns.length - 1 ? text : clip(text);
    }),
  );
  const lines = header ? [columns.map((column) => column.replaceAll('_', ' ')), ...cells] : cells;
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, index) => (index === columns.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

/** One thing as lines of name and value. */
export function factsText(value: object): string {
  const entries = Object.entries(value);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, each]) => `${cellText(name).padEnd(width)}  ${cellText(each)}\n`).join('');
}
