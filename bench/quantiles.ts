/** The q-quantile (0..1) of samples by nearest rank; undefined without samples. */
export function quantileOf(samples: readonly number[], q: number): number | undefined {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Cumulative counts of a Prometheus histogram by upper bound, ascending, summed over its other labels. */
export type Buckets = ReadonlyMap<number, number>;

/** Reads the buckets of one histogram from the text exposition format; empty when it is not there. */
export function bucketsOf(exposition: string, name: string): Buckets {
  const counts = new Map<number, number>();
  for (const line of exposition.split('\n')) {
    if (!line.startsWith(`${name}_bucket{`)) continue;
    const bound = /[{,]le="([^"]+)"/.exec(line)?.[1];
    const value = Number(
      line
        .slice(line.lastIndexOf('}') + 1)
        .trim()
        .split(' ')[0],
    );
    if (bound === undefined || Number.isNaN(value)) continue;
    const le = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    counts.set(le, (counts.get(le) ?? 0) + value);
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** What was added between two readings. */
export function bucketsBetween(before: Buckets, after: Buckets): Buckets {
  return new Map([...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** The q-quantile of a histogram, linear within a bucket as Prometheus does; undefined when it is empty. */
export function histogramQuantile(buckets: Buckets, q: number): number | undefined {
  const total = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  if (total === 0) return undefined;
  const wanted = q * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted) {
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return lower + (bound - lower) * ((wanted - below) / Math.max(1, count - below));
    }
    [lower, below] = [bound, count];
  }
  return undefined;
}

/** The sum of a counter over its labels that contain `labels` (such as `direction="inbound"`). */
export function counterSum(exposition: string, name: string, labels = ''): number {
  let sum = 0;
  for (const line of exposition.split('\n')) {
    const isSeries = line.startsWith(`${name}{`) || line.startsWith(`${name} `);
    if (isSeries && line.includes(labels))
      sum +=
        Number(
          line
            .slice(line.lastIndexOf('}') + 1)
            .trim()
            .split(' ')
            .at(-1),
        ) || 0;
  }
  return sum;
}
