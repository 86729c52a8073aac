/**
 * Patterns that an operator writes and strangers' text is matched against. A subset of regular expressions without groups, choices
 * and backreferences, matched without backtracking: work is bounded by pattern length × text length whatever both are.
 */

/** One step: a set of characters, `min` to `max` times. */
interface Step {
  readonly accepts: (code: number) => boolean;
  readonly min: number;
  readonly max: number;
}

/** A pattern ready to match; null is a text that is no pattern. */
export type SafePattern = readonly Step[] | null;

const PATTERN_MAX = 200;
const REPEAT_MAX = 1000;
const CLASSES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  d: [['0', '9']],
  w: [
    ['a', 'z'],
    ['A', 'Z'],
    ['0', '9'],
    ['_', '_'],
  ],
  s: [
    [' ', ' '],
    ['\t', '\t'],
  ],
};
const SPECIAL = '\\^$.|?*+()[]{}';

type Range = readonly [string, string];

/** Reads literals, `.`, `\d \w \s`, escaped signs and `[a-z0-9_]` or `[^…]`, each with `? * + {n} {n,} {n,m}`; `^` and `$` at the ends mean nothing. */
export function parsePattern(text: string): SafePattern {
  if (text.length > PATTERN_MAX) return null;
  const end = text.endsWith('$') && !text.endsWith('\\$') ? text.length - 1 : text.length;
  const steps: Step[] = [];
  let at = text.startsWith('^') ? 1 : 0;
  while (at < end) {
    const atom = readAtom(text.slice(0, end), at);
    if (atom === null) return null;
    const repeat = readRepeat(text.slice(0, end), atom.next);
    if (repeat === null) return null;
    steps.push({ accepts: atom.accepts, min: repeat.min, max: repeat.max });
    at = repeat.next;
  }
  return steps;
}

const inRanges = (ranges: readonly Range[]) => (code: number) =>
  ranges.some(([from, to]) => code >= from.charCodeAt(0) && code <= to.charCodeAt(0));

function readAtom(text: string, at: number): { accepts: Step['accepts']; next: number } | null {
  const sign = text[at] as string;
  if (sign === '.') return { accepts: () => true, next: at + 1 };
  if (sign === '[') return readSet(text, at + 1);
  if (sign === '\\') {
    const ranges = escaped(text[at + 1]);
    return ranges === null ? null : { accepts: inRanges(ranges), next: at + 2 };
  }
  return SPECIAL.includes(sign) ? null : { accepts: inRanges([[sign, sign]]), next: at + 1 };
}

function escaped(sign: string | undefined): readonly Range[] | null {
  if (sign === undefined) return null;
  if (Object.hasOwn(CLASSES, sign)) return CLASSES[sign] as readonly Range[];
  return /[A-Za-z0-9]/.test(sign) ? null : [[sign, sign]];
}

function readSet(text: string, start: number): { accepts: Step['accepts']; next: number } | null {
  const negated = text[start] === '^';
  const ranges: Range[] = [];
  let at = negated ? start + 1 : start;
  while (at < text.length && text[at] !== ']') {
    const from = text[at] as string;
    if (from === '\\') {
      const more = escaped(text[at + 1]);
      if (more === null) return null;
      ranges.push(...more);
      at += 2;
      continue;
    }
    if (from === '[') return null;
    const isRange = text[at + 1] === '-' && text[at + 2] !== undefined && text[at + 2] !== ']';
    const to = isRange ? (text[at + 2] as string) : from;
    if (to === '\\' || to < from) return null;
    ranges.push([from, to]);
    at += isRange ? 3 : 1;
  }
  if (text[at] !== ']' || ranges.length === 0) return null;
  const accepts = inRanges(ranges);
  return { accepts: negated ? (code) => !accepts(code) : accepts, next: at + 1 };
}

function readRepeat(text: string, at: number): { min: number; max: number; next: number } | null {
  const sign = text[at];
  if (sign === '?') return { min: 0, max: 1, next: at + 1 };
  if (sign === '*') return { min: 0, max: Number.POSITIVE_INFINITY, next: at + 1 };
  if (sign === '+') return { min: 1, max: Number.POSITIVE_INFINITY, next: at + 1 };
  if (sign !== '{') return { min: 1, max: 1, next: at };
  const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(text.slice(at, at + 12));
  if (found === null) return null;
  const min = Number(found[1]);
  const max = found[2] === undefined ? min : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
  if (max < min || min > REPEAT_MAX || (Number.isFinite(max) && max > REPEAT_MAX)) return null;
  return { min, max, next: at + (found[0]?.length ?? 0) };
}

/** True when the whole text matches. The set of places the text may be at moves through the steps; nothing is tried twice. */
export function matchesPattern(pattern: SafePattern, text: string): boolean {
  if (pattern === null) return false;
  let places = new Array<boolean>(text.length + 1).fill(false);
  places[0] = true;
  for (const step of pattern) places = placesAfter(places, step, text);
  return places[text.length] === true;
}

/** From each place a step reaches a stretch of places; stretches are added up by where they begin and end. */
function placesAfter(places: readonly boolean[], { accepts, min, max }: Step, text: string): boolean[] {
  const run = runLengths(text, accepts);
  const change = new Array<number>(text.length + 2).fill(0);
  for (const [place, possible] of places.entries()) {
    const most = Math.min(max, run[place] ?? 0);
    if (!possible || most < min) continue;
    change[place + min] = (change[place + min] ?? 0) + 1;
    change[place + most + 1] = (change[place + most + 1] ?? 0) - 1;
  }
  let open = 0;
  return places.map((_, place) => {
    open += change[place] ?? 0;
    return open > 0;
  });
}

/** For each place how many characters from there on are accepted in a row. */
function runLengths(text: string, accepts: Step['accepts']): readonly number[] {
  const run = new Array<number>(text.length + 1).fill(0);
  for (let at = text.length - 1; at >= 0; at -= 1) run[at] = accepts(text.charCodeAt(at)) ? (run[at + 1] ?? 0) + 1 : 0;
  return run;
}
