/** Whether one place in the call log (`ms-n`, a Redis stream id) lies before another. */
export function isEventBefore(place: string, other: string): boolean {
  const [ms = 0, n = 0] = place.split('-').map(Number);
  const [otherMs = 0, otherN = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && n < otherN);
}
