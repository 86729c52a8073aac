import { parseArgs } from 'node:util';
import { MUTATIONS } from './mutations.ts';
import { writePage } from './mutations-page.ts';
import { runMutation } from './run-mutation.ts';

// npm run mutations [-- --only name] [--page]: takes out one guard after another and says which test saw it; with `--page` in
// docs/INVARIANTS.md too. Ends with 1 when one was not seen.
const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, page: { type: 'boolean', default: false } } });
let unseen = 0;
for (const mutation of MUTATIONS.filter(({ name }) => name.includes(values.only))) {
  const startedAt = performance.now();
  const { applied, passed, red } = await runMutation(mutation);
  if (red.length === 0) unseen += 1;
  if (values.page) writePage(mutation.name, red[0] ?? null);
  const seen = red.length > 0 ? `red: ${red[0]}` : `NOT SEEN (${applied ? `${passed} passed` : 'not loaded'})`;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.log(`${mutation.invariant} ${mutation.name} (${mutation.test}, ${seconds} s): ${seen}`);
}
console.log(unseen === 0 ? 'every mutation was seen' : `${unseen} mutations were not seen`);
process.exitCode = unseen === 0 ? 0 : 1;
