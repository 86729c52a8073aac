import type { Action, Command, Context } from '../command.ts';
import { integerOf } from '../given.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { shownOnce } from '../shown-once.ts';
import { UsageError } from '../usage-error.ts';

const list: Action = {
  about: 'Accounts, or the sub-accounts of one.',
  options: { ...LIST_OPTIONS, parent: { type: 'string' } },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().accounts.iterateAccounts({ limit: wanted.pageSize, parent_id: given.text('parent') });
    await output.list(wanted.of(rows), ['name', 'kind', 'status', 'balance_minor', 'held_minor', 'currency', 'auth_id', 'id']);
  },
};

const get: Action = {
  about: 'One account.',
  args: ['<id>'],
  async run({ given, output, admin }) {
    await output.one(await admin().accounts.getAccount(given.arg(0)));
  },
};

const create: Action = {
  about: 'Makes an account, or with --parent a sub-account. Its token is shown once.',
  args: ['<name>'],
  options: { parent: { type: 'string' }, currency: { type: 'string' }, country: { type: 'string' } },
  async run({ given, output, admin }) {
    const parent = given.text('parent');
    const body = {
      name: given.arg(0),
      currency: given.text('currency'),
      country: given.text('country'),
      ...(parent === undefined ? {} : { kind: 'sub_account' as const, parent_id: parent }),
    };
    const made = await admin().accounts.createAccount(body);
    await output.one(shownOnce(made, (id) => `the account is ${id}; dialplane keys create ${id} makes a key`));
  },
};

const credit: Action = {
  about: 'Books money to an account, in minor units of its currency (cents).',
  args: ['<id>', '<amount>'],
  options: { note: { type: 'string' }, mode: { type: 'string' } },
  async run({ given, output, admin }) {
    const amount = integerOf(given.arg(1), 'the amount');
    const note = given.text('note');
    if (amount === undefined || note === undefined) throw new UsageError('accounts credit: --note says what the money is for');
    const mode = given.choice('mode', ['live', 'test']);
    await output.one(await admin().accounts.creditAccount(given.arg(0), { amount_minor: amount, note, mode }));
  },
};

const ledger: Action = {
  about: 'What was booked, newest first.',
  args: ['<id>'],
  options: { ...LIST_OPTIONS, mode: { type: 'string' } },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const mode = given.choice('mode', ['live', 'test']);
    const rows = admin().accounts.iterateLedger(given.arg(0), { limit: wanted.pageSize, mode });
    await output.list(wanted.of(rows), ['at', 'kind', 'amount_minor', 'held_minor', 'balance_minor', 'currency', 'note']);
  },
};

const setStatus = async ({ given, output, admin }: Context, status: 'active' | 'disabled'): Promise<void> =>
  output.one(await admin().accounts.updateAccount(given.arg(0), { status }));

const disable: Action = {
  about: 'Stops calls and purchases of an account.',
  args: ['<id>'],
  run: (context) => setStatus(context, 'disabled'),
};
const enable: Action = { about: 'Lets an account go on.', args: ['<id>'], run: (context) => setStatus(context, 'active') };

/** `dialplane accounts`. */
export const accountsCommand: Command = {
  about: 'Accounts, sub-accounts and their money.',
  actions: { list, get, create, credit, ledger, disable, enable },
};
