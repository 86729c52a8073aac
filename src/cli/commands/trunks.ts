import type { Action, Command, Context } from '../command.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { UsageError } from '../usage-error.ts';

const KINDS = ['carrier', 'customer'] as const;

const list: Action = {
  about: 'Carriers and customers.',
  options: { ...LIST_OPTIONS, kind: { type: 'string' }, account: { type: 'string' } },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const query = { limit: wanted.pageSize, kind: given.choice('kind', KINDS), account_id: given.text('account') };
    const rows = admin().trunkGroups.iterateTrunkGroups(query);
    await output.list(wanted.of(rows), ['name', 'kind', 'enabled', 'mode', 'max_channels', 'max_cps', 'account_id', 'id']);
  },
};

const get: Action = {
  about: 'One trunk group with its gateways and who may call in.',
  args: ['<id>'],
  async run({ given, output, admin }) {
    await output.one(await admin().trunkGroups.getTrunkGroup(given.arg(0)));
  },
};

const create: Action = {
  about: 'Makes a trunk group: --gateway sip:host and --acl network, both as often as needed; --default-caller +E.164 for its calls out.',
  args: ['<name>'],
  options: {
    kind: { type: 'string' },
    account: { type: 'string' },
    gateway: { type: 'string', multiple: true },
    acl: { type: 'string', multiple: true },
    'max-channels': { type: 'string' },
    'default-caller': { type: 'string' },
  },
  async run({ given, output, admin }) {
    const kind = given.choice('kind', KINDS);
    if (kind === undefined) throw new UsageError('trunks create: --kind is carrier or customer');
    const e164 = given.text('default-caller');
    const made = await admin().trunkGroups.createTrunkGroup({
      name: given.arg(0),
      kind,
      account_id: given.text('account'),
      acl: given.texts('acl'),
      gateways: given.texts('gateway').map((uri) => ({ uri })),
      max_channels: given.integer('max-channels'),
      default_caller: e164 === undefined ? undefined : { e164 },
    });
    await output.one(made);
  },
};

const setEnabled = async ({ given, output, admin }: Context, enabled: boolean): Promise<void> =>
  output.one(await admin().trunkGroups.updateTrunkGroup(given.arg(0), { enabled }));

const enable: Action = { about: 'Lets calls through a trunk group.', args: ['<id>'], run: (context) => setEnabled(context, true) };
const disable: Action = { about: 'Lets no new call through a trunk group.', args: ['<id>'], run: (context) => setEnabled(context, false) };

const remove: Action = {
  about: 'Deletes a trunk group.',
  args: ['<id>'],
  async run({ given, output, admin }) {
    await admin().trunkGroups.deleteTrunkGroup(given.arg(0));
    await output.told({ id: given.arg(0), deleted: true }, 'deleted\n');
  },
};

/** `dialplane trunks`. */
export const trunksCommand: Command = {
  about: 'Trunk groups: carriers and customers.',
  actions: { list, get, create, enable, disable, delete: remove },
};
