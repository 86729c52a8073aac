import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SRC } from './apply-mutation.ts';
import { MUTATIONS } from './mutations.ts';

const PAGE = join(SRC, '../docs/INVARIANTS.md');
const BEGIN = '<!-- mutations: written by npm run mutations -- --page -->';
const END = '<!-- end of mutations -->';
const HEAD = '| mutation | of | invariant | seen by |\n| --- | --- | --- | --- |\n';

/** What the page says saw each mutation, by its name. */
export function seenBy(): ReadonlyMap<string, string> {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split(BEGIN);
  const rows = (section.split(END)[0] ?? '').matchAll(/^\| `([^`]+)` \| `[^`]+` \| \d+ \| (.+) \|$/gm);
  return new Map([...rows].map(([, name = '', seen = '']) => [name, seen]));
}

/** Puts one result on the page; null: nobody saw it. */
export function writePage(name: string, red: string | null): void {
  const seen = new Map(seenBy());
  const { test = '' } = MUTATIONS.find((one) => one.name === name) ?? {};
  // Seeds are of one run.
  seen.set(name, red === null ? 'nobody' : `\`${test}\`: ${red.replace(/ \(seed \d+\)/, '').replaceAll('|', '/')}`);
  const rows = MUTATIONS.map((one) => `| \`${one.name}\` | \`${one.file}\` | ${one.invariant} | ${seen.get(one.name) ?? 'not run yet'} |`);
  const [before = '', rest = ''] = readFileSync(PAGE, 'utf8').split(BEGIN);
  const after = rest.split(END)[1] ?? '\n';
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${HEAD}${rows.join('\n')}\n\n${END}${after}`);
}
