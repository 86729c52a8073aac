/** Documents of ours with their keys in the form of the wire, all the way down. What tenants wrote themselves stays as it is. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      key === 'providerConfig' ? inner : snakeKeys(inner),
    ]),
  );
}
