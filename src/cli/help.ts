import type { Action } from './command.ts';
import { COMMANDS, commandOf } from './command-table.ts';
import { UsageError } from './usage-error.ts';

const GLOBAL = `Everywhere:
  --json             one JSON document, or one line of JSON per row of a list
  --url URL          the server; else DIALPLANE_URL, else DATA_DIR/state.json
  --key KEY          the platform key; else DIALPLANE_KEY, ADMIN_API_KEY, DATA_DIR/state.json
  --account-key KEY  a key of an account, for what acts for one; else DIALPLANE_ACCOUNT_KEY
  --idempotency-key KEY  names a change, so that doing it again does it once
  --timeout SECONDS  longest wait for one answer (30)

Exit codes: 0 done, 1 refused or failed, 2 not understood or not set up.
`;

/** What the program can do, or one command of it. */
export async function helpText(name: string | undefined): Promise<string> {
  if (name === undefined || name.startsWith('-')) {
    const lines = await Promise.all(Object.entries(COMMANDS).map(async ([each, load]) => `  ${each.padEnd(10)} ${(await load()).about}`));
    return `dialplane COMMAND …\n\n${lines.join('\n')}\n  start      The daemon (npm start).\n\ndialplane help COMMAND says more.\n\n${GLOBAL}`;
  }
  const command = await commandOf(name);
  if (command === undefined) throw new UsageError(`there is no command ${name}; dialplane help lists them`);
  const actions = Object.entries(command.actions).map(([each, action]) => actionText(`dialplane ${name} ${each}`.trimEnd(), action));
  return `${command.about}\n\n${actions.join('\n')}\n${GLOBAL}`;
}

function actionText(path: string, { about, args = [], options = {} }: Action): string {
  const flags = Object.entries(options).map(([name, { type }]) => `[--${name}${type === 'boolean' ? '' : ' …'}]`);
  return `${[path, ...args, ...flags].join(' ')}\n    ${about}\n`;
}
