/** What a spreadsheet takes for a formula when a cell begins with it (CWE-1236). */
const FORMULA = /^[=+\-@\t\r]/;
/** A number, which does no harm and which everybody expects as it is. */
const E164 = /^\+[0-9]{1,15}$/;

/** A cell as it was (RFC 4180). */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Text that a spreadsheet would run gets an apostrophe in front. */
const harmless = (text: string): string => (FORMULA.test(text) && !E164.test(text) ? `'${text}` : text);

/** One line of CSV for people's spreadsheets, with its end; what has parts is JSON. */
export const csvLine = (cells: readonly unknown[]): string =>
  `${cells
    .map((cell) => {
      if (cell === null || cell === undefined) return '';
      if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
      return quoted(harmless(typeof cell === 'object' ? JSON.stringify(cell) : String(cell)));
    })
    .join(',')}\r\n`;

/** One line of CSV for a program, every cell as it is. */
export const plainCsvLine = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`;
