/**
 * A number as people write it in a query: `+44…`, `%2B44…`, or the same with its plus read as a space. Bare digits that can be
 * E.164 are; shorter ones stay a dial string of their own, such as 112.
 */
export function searchNumber(text: string): string {
  if (/^ [0-9]/.test(text)) return `+${text.slice(1)}`;
  return /^[1-9][0-9]{6,14}$/.test(text) ? `+${text}` : text;
}
