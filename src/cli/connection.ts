import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClientOptions } from '../client/send.ts';
import type { Given } from './given.ts';
import { UsageError } from './usage-error.ts';

/** What is read of DATA_DIR/state.json. */
export interface RunningState {
  readonly http_url?: string;
  readonly admin_api_key?: string;
  readonly database_url?: string;
  readonly redis_url?: string;
  readonly sip_host?: string;
  readonly sip_port?: number;
  readonly pid?: number;
}

/** The state of the daemon on this machine's DATA_DIR; null when none runs there, or when it is not ours to read. */
export function readState(env: NodeJS.ProcessEnv, cwd: string): RunningState | null {
  try {
    const state: unknown = JSON.parse(readFileSync(join(resolve(cwd, env.DATA_DIR || '.local'), 'state.json'), 'utf8'));
    if (typeof state !== 'object' || state === null) return null;
    // What does not run is null there.
    return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null)) as RunningState;
  } catch {
    return null;
  }
}

/** How to reach the server as platform, or as an account. */
export function connectionOf(given: Given, env: NodeJS.ProcessEnv, cwd: string, as: 'platform' | 'account'): ClientOptions {
  const state = readState(env, cwd);
  const written = given.text('url') ?? (env.DIALPLANE_URL || undefined);
  const baseUrl = written ?? state?.http_url;
  if (baseUrl === undefined) throw new UsageError('no server is known: give --url or DIALPLANE_URL, or run where DATA_DIR/state.json is');
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) throw new UsageError('--url is an http:// or https:// URL');
  const key = sendable(as === 'account' ? accountKey(given, env) : platformKey(given, env, written === undefined ? state : null));
  const seconds = given.integer('timeout');
  if (seconds !== undefined && (seconds < 1 || seconds > 3600)) throw new UsageError('--timeout is 1 to 3600 seconds');
  const once = given.text('idempotency-key');
  return {
    baseUrl,
    key,
    ...(seconds === undefined ? {} : { timeoutMs: seconds * 1000 }),
    ...(once === undefined ? {} : { headers: { 'Idempotency-Key': once } }),
  };
}

/** What no header can hold would be shown whole by the error of sending it. */
function sendable(key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key)) throw new UsageError('the key is not one line of printable ASCII without spaces');
  return key;
}

/** The key of the daemon here goes to the daemon here and to nobody else: not to a URL that was written. */
function platformKey(given: Given, env: NodeJS.ProcessEnv, state: RunningState | null): string {
  const key = given.text('key') ?? (env.DIALPLANE_KEY || env.ADMIN_API_KEY || undefined) ?? state?.admin_api_key;
  if (key === undefined) throw new UsageError('no platform key is known: set DIALPLANE_KEY (or give --key, which others can see)');
  return key;
}

function accountKey(given: Given, env: NodeJS.ProcessEnv): string {
  const key = given.text('account-key') ?? (env.DIALPLANE_ACCOUNT_KEY || undefined);
  if (key === undefined) {
    throw new UsageError('this acts for an account: set DIALPLANE_ACCOUNT_KEY to one of its keys (`dialplane keys create`)');
  }
  return key;
}
