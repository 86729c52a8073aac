import { parseArgs } from 'node:util';
import { adminClient } from '../client/admin-client.ts';
import { ApiError, NoAnswerError } from '../client/api-error.ts';
import { krosClient } from '../client/kros-client.ts';
import { telnyxClient } from '../client/telnyx-client.ts';
import { ConfigError } from '../config/config-error.ts';
import { SetUpError } from '../local/set-up-error.ts';
import type { Action, Command, Context, Options } from './command.ts';
import { commandOf } from './command-table.ts';
import { connectionOf } from './connection.ts';
import { FailedCheck } from './failed-check.ts';
import { Failure } from './failure.ts';
import { createGiven, type Given } from './given.ts';
import { helpText } from './help.ts';
import { createOutput, type Streams } from './output.ts';
import { printable, safeJson } from './printable.ts';
import { UsageError } from './usage-error.ts';

/** The process around the program. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly version: string;
}

const GLOBAL: Options = {
  url: { type: 'string' },
  key: { type: 'string' },
  'account-key': { type: 'string' },
  'idempotency-key': { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

/** Runs one command line; resolves to the exit code: 0 done, 1 refused or failed, 2 not understood or not set up. */
export async function runCli(argv: readonly string[], around: Surroundings, streams: Streams): Promise<number> {
  const json = argv.includes('--json');
  try {
    await run(argv, around, streams);
    return 0;
  } catch (error) {
    if (error instanceof FailedCheck) return 1;
    streams.err(`${errorText(error, json)}\n`);
    return error instanceof UsageError || error instanceof ConfigError || error instanceof SetUpError ? 2 : 1;
  }
}

async function run(argv: readonly string[], around: Surroundings, streams: Streams): Promise<void> {
  const [name = 'help', ...rest] = argv;
  if (['help', '--help', '-h'].includes(name)) return streams.out(await helpText(rest[0]));
  if (['version', '--version', '-v'].includes(name)) return streams.out(`${around.version}\n`);
  const command = await commandOf(name);
  if (command === undefined) throw new UsageError(`there is no command ${name}; dialplane help lists them`);
  const { action, words, path } = findAction(name, command, rest);
  const given = read(action, words, path);
  if (given.has('help')) return streams.out(await helpText(name));
  const { least, most } = argCount(action);
  if (given.args.length < least || given.args.length > most) {
    throw new UsageError(`dialplane ${path} ${(action.args ?? []).join(' ')}: ${given.args.length} arguments were given`);
  }
  await action.run(contextOf(given, around, streams));
}

function findAction(name: string, command: Command, rest: readonly string[]): { action: Action; words: readonly string[]; path: string } {
  const itself = command.actions[''];
  if (itself !== undefined) return { action: itself, words: rest, path: name };
  const [word = '', ...words] = rest;
  const action = Object.hasOwn(command.actions, word) ? command.actions[word] : undefined;
  if (action !== undefined) return { action, words, path: `${name} ${word}` };
  if (rest.includes('--help') || rest.includes('-h')) return { action: { about: '', run: async () => {} }, words: ['--help'], path: name };
  throw new UsageError(`dialplane ${name} ${Object.keys(command.actions).join('|')}; dialplane help ${name} says more`);
}

function read(action: Action, words: readonly string[], path: string): Given {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: { ...GLOBAL, ...action.options }, allowPositionals: true });
    return createGiven(positionals, values);
  } catch (error) {
    throw new UsageError(`dialplane ${path}: ${(error as Error).message}`);
  }
}

function argCount({ args = [] }: Action): { least: number; most: number } {
  const least = args.filter((arg) => arg.startsWith('<')).length;
  return { least, most: args.some((arg) => arg.includes('…')) ? 1000 : args.length };
}

const contextOf = (given: Given, { env, cwd }: Surroundings, streams: Streams): Context => ({
  given,
  output: createOutput(streams, given.has('json')),
  env,
  cwd,
  admin: () => adminClient(connectionOf(given, env, cwd, 'platform')),
  kros: () => krosClient(connectionOf(given, env, cwd, 'account')),
  telnyx: () => telnyxClient(connectionOf(given, env, cwd, 'account')),
});

/** One line for people, one JSON document for machines; never a stack of what is expected. */
function errorText(error: unknown, json: boolean): string {
  if (error instanceof ApiError) {
    const { status, code, detail, fields, requestId } = error;
    if (json) return safeJson({ error: { status, code, detail, fields, request_id: requestId } });
    const more = fields.map((field) => `\n  ${printable(`${field.pointer ?? ''} ${field.detail}`.trim())}`).join('');
    return `dialplane: ${printable(`${code}: ${detail} (HTTP ${status}, request ${requestId ?? 'unknown'})`)}${more}`;
  }
  const expected = [UsageError, ConfigError, SetUpError, NoAnswerError, Failure].some((kind) => error instanceof kind);
  const message = error instanceof Error ? error.message : String(error);
  const code = expected ? (error as Error).name : 'fault';
  return json ? safeJson({ error: { code, detail: message } }) : `dialplane: ${printable(message)}`;
}
