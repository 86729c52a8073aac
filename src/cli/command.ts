import type { ParseArgsConfig } from 'node:util';
import type { AdminClient } from '../client/admin-client.ts';
import type { KrosClient } from '../client/kros-client.ts';
import type { TelnyxClient } from '../client/telnyx-client.ts';
import type { Given } from './given.ts';
import type { Output } from './output.ts';

/** Options as `node:util` reads them. */
export type Options = NonNullable<ParseArgsConfig['options']>;

/** What an action works with. Clients are made when asked for, so that what needs no server needs no key. */
export interface Context {
  readonly given: Given;
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The platform's face; UsageError when URL or key are not known. */
  admin(): AdminClient;
  /** Faces of an account; UsageError without the account's key. */
  kros(): KrosClient;
  telnyx(): TelnyxClient;
}

/** One thing a command does. */
export interface Action {
  readonly about: string;
  /** Arguments in order, as help shows them: `<id>` must be given, `[id]` may, `<id…>` one or more. */
  readonly args?: readonly string[];
  readonly options?: Options;
  run(context: Context): Promise<void>;
}

/** A command and what it does; an action named '' is the command itself. */
export interface Command {
  readonly about: string;
  readonly actions: Readonly<Record<string, Action>>;
}
