import type { NumberAnswer } from '../../client/admin/numbers-wire.ts';
import type { AdminClient } from '../../client/admin-client.ts';
import type { Action, Command } from '../command.ts';
import { Failure } from '../failure.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { UsageError } from '../usage-error.ts';

const LIFECYCLES = ['available', 'pending', 'active', 'suspended', 'releasing'] as const;
const MODES = ['live', 'test'] as const;
const COLUMNS = ['e164', 'lifecycle', 'country', 'type', 'mode', 'owner_account_id', 'allow_inbound', 'allow_outbound', 'id'];
const OWN_COLUMNS = ['e164', 'status', 'country', 'type', 'monthly_cost_cents', 'currency', 'allow_inbound', 'allow_outbound', 'id'];

const list: Action = {
  about: 'Every number of the platform, in stock and owned.',
  options: {
    ...LIST_OPTIONS,
    e164: { type: 'string' },
    account: { type: 'string' },
    lifecycle: { type: 'string' },
    mode: { type: 'string' },
  },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().numbers.iterateNumbers({
      limit: wanted.pageSize,
      e164: given.text('e164'),
      account_id: given.text('account'),
      lifecycle: given.choice('lifecycle', LIFECYCLES),
      mode: given.choice('mode', MODES),
    });
    await output.list(wanted.of(rows), COLUMNS);
  },
};

const get: Action = {
  about: 'One number, by its id or as +E.164.',
  args: ['<number>'],
  options: { mode: { type: 'string' } },
  async run({ given, output, admin }) {
    await output.one(await findNumber(admin(), given.arg(0), given.choice('mode', MODES) ?? 'live'));
  },
};

const update: Action = {
  about: 'Flags (on, off), destination (an id or none) and the platform’s suspension of an owned number.',
  args: ['<number>'],
  options: {
    inbound: { type: 'string' },
    outbound: { type: 'string' },
    suspended: { type: 'string' },
    endpoint: { type: 'string' },
    'trunk-group': { type: 'string' },
    mode: { type: 'string' },
  },
  async run({ given, output, admin }) {
    const body = {
      allow_inbound: given.onOff('inbound'),
      allow_outbound: given.onOff('outbound'),
      suspended: given.onOff('suspended'),
      endpoint_id: given.orNone('endpoint'),
      trunk_group_id: given.orNone('trunk-group'),
    };
    if (Object.values(body).every((value) => value === undefined)) throw new UsageError('numbers update: nothing is to be changed');
    const { id, version } = await findNumber(admin(), given.arg(0), given.choice('mode', MODES) ?? 'live');
    await output.one(await admin().numbers.updateNumber(id, body, {}, { ifMatch: version }));
  },
};

const search: Action = {
  about: 'What an account may buy.',
  options: { ...LIST_OPTIONS, country: { type: 'string' } },
  async run({ given, output, kros }) {
    const wanted = wantedRows(given, 100);
    const rows = kros().phoneNumbers.iteratePhoneNumbers({ action: 'available', limit: wanted.pageSize, country: given.text('country') });
    await output.list(wanted.of(rows), ['e164', 'country', 'type', 'setup_cost_cents', 'monthly_cost_cents', 'currency', 'id']);
  },
};

const mine: Action = {
  about: 'What an account has.',
  options: LIST_OPTIONS,
  async run({ given, output, kros }) {
    const wanted = wantedRows(given, 100);
    await output.list(wanted.of(kros().phoneNumbers.iteratePhoneNumbers({ limit: wanted.pageSize })), OWN_COLUMNS);
  },
};

const buy: Action = {
  about: 'Buys a number for an account, by the id that search shows.',
  args: ['<id>'],
  async run({ given, output, kros }) {
    await output.one(await kros().phoneNumbers.purchasePhoneNumber({ inventory_id: given.arg(0) }));
  },
};

const release: Action = {
  about: 'Gives a number of an account back.',
  args: ['<id>'],
  async run({ given, output, kros }) {
    await kros().phoneNumbers.releasePhoneNumber(given.arg(0));
    await output.told({ id: given.arg(0), released: true }, 'released\n');
  },
};

async function findNumber(admin: AdminClient, wanted: string, mode: 'live' | 'test'): Promise<NumberAnswer> {
  if (!wanted.startsWith('+')) return admin.numbers.getNumber(wanted);
  for await (const number of admin.numbers.iterateNumbers({ e164: wanted, mode })) if (number.e164 === wanted) return number;
  throw new Failure(`the platform has no ${mode} number ${wanted}`);
}

/** `dialplane numbers`. */
export const numbersCommand: Command = {
  about: 'Numbers: the platform’s (list, get, update) and an account’s (search, mine, buy, release).',
  actions: { list, get, update, search, mine, buy, release },
};
