/** One metric of an exposition: its HELP and TYPE lines, and the samples of every process. */
interface Family {
  readonly head: string[];
  readonly samples: string[];
}

const HEAD = /^# (?:HELP|TYPE) (\S+)/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/;
/** Samples of a histogram carry these endings on the name of their family. */
const ENDINGS = /_(?:bucket|sum|count)$/;

/** Merges Prometheus expositions of several processes into one: each family once, all samples under it. */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, Family>();
  const familyOf = (name: string): Family => {
    const known = families.get(name);
    if (known !== undefined) return known;
    const family: Family = { head: [], samples: [] };
    families.set(name, family);
    return family;
  };
  for (const text of texts) {
    for (const line of text.split('\n')) {
      const head = HEAD.exec(line)?.[1];
      if (head !== undefined) {
        const family = familyOf(head);
        if (family.head.length < 2 && !family.head.includes(line)) family.head.push(line);
        continue;
      }
      const name = SAMPLE.exec(line)?.[1];
      if (name === undefined) continue;
      const base = name.replace(ENDINGS, '');
      familyOf(families.has(name) || !families.has(base) ? name : base).samples.push(line);
    }
  }
  return `${[...families.values()].flatMap(({ head, samples }) => [...head, ...samples]).join('\n')}\n`;
}
