/** What a spreadsheet takes for a formula when a cell begins with it (CWE-1236). */
const FORMULA = /^[=+\-@\t\r]/;
/** A number, which does no harm and which everybody expects as it is. */
const E164 = /^\+[0-9]{1,15}$/;

/** One cell (RFC 4180); text that a spreadsheet would run gets an apostrophe in front. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) && !E164.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of CSV with its end. */
export const csvLine = (cells: readonly (string | number | null)[]): string => `${cells.map(cell).join(',')}\r\n`;
