/** One segment of a path. Throws for what would name another path: nothing at all, and the two that URLs resolve. */
export function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') throw new TypeError(`${JSON.stringify(value)} is no id`);
  return encodeURIComponent(value);
}
