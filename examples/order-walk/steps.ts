import { isDeepStrictEqual } from 'node:util';

/** What a walk prints, line by line, and whether each step came out as it should. */
export interface Steps {
  /** Begins a part of the walk. */
  part(title: string): void;
  /** Prints what came back; a step that is not as expected is marked, and the walk goes on. */
  step(what: string, came: Shown, expected: Shown): void;
  /** Steps so far, and those of them that were not as expected. */
  readonly counts: { steps: number; wrong: number };
}

/** Fields of an answer, as printed. */
export type Shown = Readonly<Record<string, unknown>>;

const text = (shown: Shown): string =>
  Object.entries(shown)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');

/** Starts counting; `say` gets each line. */
export function startSteps(say: (line: string) => void): Steps {
  const counts = { steps: 0, wrong: 0 };
  return {
    counts,
    part: (title) => say(`\n${title}`),
    step(what, came, expected) {
      counts.steps += 1;
      say(`  ${what.padEnd(42)} ${text(came)}`);
      const wrong = Object.entries(expected).filter(([name, value]) => !isDeepStrictEqual(came[name], value));
      if (wrong.length === 0) return;
      counts.wrong += 1;
      say(`  NOT AS EXPECTED: ${text(Object.fromEntries(wrong))}`);
    },
  };
}
