import { METHODS } from '../../../src/sip-engine/message/methods.ts';
import type { Dice } from '../support/random.ts';

const PIECES = [
  '\r\n',
  '\r',
  '\n',
  ':',
  ';',
  ';;',
  ',',
  ',,',
  '<',
  '>',
  '"',
  '\\',
  '\\"',
  '=',
  '|',
  '#',
  '\u0000',
  '\\\u0000',
  '\u00ff',
  '%',
  '%00',
  ';tag=',
  ';branch=',
  ';received=',
  'Via: ',
  'sip:',
  '@',
  '[',
  ']',
  '[::1',
  '?',
  ' ',
  '\t',
  '\r\n ',
  '*',
  'SIP/2.0',
  'SIP/2.0 200 ',
  'A'.repeat(300),
  '(',
  '__proto__',
];
const NUMBERS = [
  '',
  '0',
  '-1',
  '00000001',
  '255',
  '256',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9'.repeat(40),
  '1e3',
  '0x1',
  ' 7 ',
];
const SAID = [...METHODS, 'invite', 'X'];
const COMPACT = ['i', 'm', 'l', 'f', 't', 'v', 's', 'c', 'k', 'e', 'r', 'x', 'o'];

type Mutation = (lines: string[], dice: Dice) => void;

const at = (lines: readonly string[], dice: Dice): number => dice.between(0, lines.length - 1);

const MUTATIONS: readonly Mutation[] = [
  // A header less, twice, many times, elsewhere.
  (lines, dice) => void lines.splice(at(lines, dice), 1),
  (lines, dice) => void lines.splice(at(lines, dice), 0, lines[at(lines, dice)] ?? ''),
  (lines, dice) => {
    if (dice.chance(0.1)) lines.push(...new Array<string>(dice.between(20, 120)).fill(lines[at(lines, dice)] ?? ''));
  },
  (lines, dice) => {
    const [a, b] = [at(lines, dice), at(lines, dice)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
  },
  // Names and values.
  (lines, dice) => {
    const i = at(lines, dice);
    lines[i] = (lines[i] ?? '').replace(/^[^:]*/, () =>
      dice.chance(0.5) ? dice.pick(COMPACT) : ((lines[at(lines, dice)] ?? '').split(':')[0] ?? ''),
    );
  },
  (lines, dice) => {
    const i = at(lines, dice);
    lines[i] = (lines[i] ?? '').replace(/\d+/, dice.pick(NUMBERS));
  },
  (lines, dice) => {
    const i = lines.findIndex((line) => /^(cseq|max-forwards|content-length|expires|rseq|rack|l)\s*:/i.test(line));
    if (i >= 0) lines[i] = (lines[i] ?? '').replace(/\d+/, dice.pick(NUMBERS));
  },
  (lines, dice) => {
    lines[0] = (lines[0] ?? '').replace(/^\S+/, dice.chance(0.8) ? dice.pick(SAID) : `SIP/2.0 ${dice.between(90, 710)}`);
  },
  (lines, dice) => {
    const i = at(lines, dice);
    lines[i] = (lines[i] ?? '').replace(dice.pick(['"', '<', '>', ';', '=', ' ', ':', '@']), dice.pick(['', '"', ' ', '\t', '""', '<<']));
  },
  (lines, dice) => {
    const i = at(lines, dice);
    lines[i] = (lines[i] ?? '').replace(/[;, ]/g, (all) => (dice.chance(0.3) ? `\r\n ${all}` : all));
  },
  (lines, dice) => {
    const i = at(lines, dice);
    if (dice.chance(0.05))
      lines[i] = `${lines[i]}${dice.pick([';a', ',<sip:a@b>', ' a', '"', '%41', ';a="b"']).repeat(dice.between(1, 3000))}`;
  },
];

/** One to four changes of a message's structure, then maybe a few of its characters; `other` lends what is spliced in. */
export function mutate(message: string, other: string, dice: Dice): string {
  let text = message;
  if (dice.chance(0.05)) text = text.slice(0, dice.between(0, text.length)) + other.slice(dice.between(0, other.length));
  if (dice.chance(0.7)) {
    const end = text.indexOf('\r\n\r\n');
    const lines = text.slice(0, end < 0 ? text.length : end).split('\r\n');
    for (let n = dice.between(1, 4); n > 0 && lines.length > 0; n -= 1) dice.pick(MUTATIONS)(lines, dice);
    text = lines.join('\r\n') + (end < 0 ? '' : text.slice(end));
  }
  if (dice.chance(0.4)) text = scratch(text, dice);
  return text.length > 70_000 ? text.slice(0, 70_000) : text;
}

/** Changes of single characters. */
export function scratch(text: string, dice: Dice): string {
  let changed = text;
  for (let n = dice.between(1, 3); n > 0; n -= 1) {
    const i = dice.between(0, changed.length);
    const put = dice.chance(0.6) ? dice.pick(PIECES) : String.fromCharCode(dice.between(0, 255));
    changed = changed.slice(0, i) + (dice.chance(0.7) ? put : '') + changed.slice(i + dice.between(0, 5));
  }
  return changed;
}
