import type { Action, Command } from '../command.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { shownOnce } from '../shown-once.ts';
import { UsageError } from '../usage-error.ts';

const SCOPES = [
  'numbers:read',
  'numbers:write',
  'endpoints:read',
  'endpoints:write',
  'webhooks:read',
  'webhooks:write',
  'calls:read',
  'cool_off:force',
] as const;

const list: Action = {
  about: 'Keys of an account; never the keys themselves.',
  args: ['<account id>'],
  options: LIST_OPTIONS,
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().apiKeys.iterateApiKeys(given.arg(0), { limit: wanted.pageSize });
    await output.list(wanted.of(rows), ['prefix', 'kind', 'mode', 'role', 'scopes', 'expires_at', 'revoked_at', 'id']);
  },
};

const create: Action = {
  about: 'Makes a key; it is shown once.',
  args: ['<account id>'],
  options: {
    mode: { type: 'string' },
    role: { type: 'string' },
    scope: { type: 'string', multiple: true },
    'allowed-ip': { type: 'string', multiple: true },
    expires: { type: 'string' },
  },
  async run({ given, output, admin }) {
    const scopes = given.texts('scope').map(scopeOf);
    const ips = given.texts('allowed-ip');
    const made = await admin().apiKeys.createApiKey(given.arg(0), {
      mode: given.choice('mode', ['live', 'test']) ?? 'live',
      role: given.choice('role', ['owner', 'admin', 'member']),
      expires_at: given.text('expires'),
      ...(scopes.length === 0 ? {} : { scopes }),
      ...(ips.length === 0 ? {} : { allowed_ips: ips }),
    });
    await output.one(shownOnce(made, (id) => `dialplane keys revoke ${given.arg(0)} ${id}, and make another`));
  },
};

const revoke: Action = {
  about: 'Ends a key.',
  args: ['<account id>', '<key id>'],
  async run({ given, output, admin }) {
    await admin().apiKeys.revokeApiKey(given.arg(0), given.arg(1));
    await output.told({ id: given.arg(1), revoked: true }, 'revoked\n');
  },
};

function scopeOf(text: string): (typeof SCOPES)[number] {
  const scope = SCOPES.find((each) => each === text);
  if (scope === undefined) throw new UsageError(`--scope is one of ${SCOPES.join(', ')}`);
  return scope;
}

/** `dialplane keys`. */
export const keysCommand: Command = { about: 'Keys that act for an account.', actions: { list, create, revoke } };
