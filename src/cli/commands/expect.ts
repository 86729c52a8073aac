import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CreateExpectationBody, ExpectationAnswer } from '../../client/admin/expectations-wire.ts';
import type { AdminClient } from '../../client/admin-client.ts';
import type { Action, Command, Context } from '../command.ts';
import { FailedCheck } from '../failed-check.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { cellText } from '../printable.ts';
import { tableText } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const FILE_BYTES_MAX = 4 * 1024 * 1024;
const PAGE = 100;

const list: Action = {
  about: 'Expectations, as they stood at the last change of what they rest on.',
  options: { ...LIST_OPTIONS, account: { type: 'string' } },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().expectations.iterateExpectations({ limit: wanted.pageSize, account_id: given.text('account') });
    await output.list(wanted.of(rows), ['name', 'holds', 'enabled', 'why', 'account_id', 'id']);
  },
};

type Checked = ExpectationAnswer;

async function checkAll(admin: AdminClient, query: { account_id: string | undefined; name: string | undefined }): Promise<Checked[]> {
  const checked: Checked[] = [];
  for await (const one of admin.expectations.iterateExpectationChecks({ ...query, limit: PAGE })) checked.push(one);
  return checked;
}

const lineOf = ({ name, holds, call, why }: Checked) => ({ result: holds ? 'holds' : 'FAILS', name, to: call.to, why });

const check: Action = {
  about: 'Judges every expectation by the live system; exit code 1 when one fails.',
  options: { account: { type: 'string' }, name: { type: 'string' } },
  async run({ given, output, admin }) {
    const checked = await checkAll(admin(), { account_id: given.text('account'), name: given.text('name') });
    const failed = checked.filter(({ holds }) => !holds);
    const text = `${tableText(checked.map(lineOf), ['result', 'name', 'to', 'why'], true)}${checked.length} checked, ${failed.length} failed\n`;
    await output.told({ checked: checked.length, failed: failed.length, expectations: checked }, text);
    if (failed.length > 0) throw new FailedCheck();
  },
};

const DIRECTIONS = ['inbound', 'outbound'] as const;

const add: Action = {
  about: 'Expects a call to connect (--group, --endpoint or --uri, in order) or to be refused (--reject CODE, or any).',
  args: ['<name>'],
  options: {
    direction: { type: 'string' },
    to: { type: 'string' },
    from: { type: 'string' },
    account: { type: 'string' },
    source: { type: 'string' },
    credential: { type: 'string' },
    group: { type: 'string', multiple: true },
    endpoint: { type: 'string' },
    uri: { type: 'string' },
    match: { type: 'string' },
    reject: { type: 'string' },
  },
  async run({ given, output, admin }) {
    const [direction, to] = [given.choice('direction', DIRECTIONS), given.text('to')];
    if (direction === undefined || to === undefined) throw new UsageError('expect add: --direction and --to');
    const call = { direction, to, from: given.text('from'), source: given.text('source'), credential: given.text('credential') };
    const body = { name: given.arg(0), account_id: given.text('account'), call, expected: expectedOf(given) };
    const { explanation: _, ...made } = await admin().expectations.createExpectation(body as CreateExpectationBody);
    await output.one(made);
  },
};

function expectedOf(given: Context['given']) {
  const reject = given.text('reject');
  if (reject !== undefined) return { outcome: 'reject', code: reject === 'any' ? null : reject };
  const [endpoint, uri] = [given.text('endpoint'), given.text('uri')];
  const targets = [
    ...given.texts('group').map((id) => ({ trunk_group_id: id })),
    ...(endpoint === undefined ? [] : [{ endpoint_id: endpoint }]),
    ...(uri === undefined ? [] : [{ uri }]),
  ];
  return { outcome: 'connect', targets, match: given.choice('match', ['exact', 'prefix', 'any_order']) };
}

const remove: Action = {
  about: 'Forgets an expectation.',
  args: ['<id>'],
  async run({ given, output, admin }) {
    await admin().expectations.deleteExpectation(given.arg(0));
    await output.told({ id: given.arg(0), deleted: true }, 'deleted\n');
  },
};

const apply: Action = {
  about: 'Makes the expectations of a JSON file so (a list, or {"expectations": […]}): by name, others stay.',
  args: ['<file>'],
  async run({ given, output, admin, cwd }) {
    const results = [];
    for (const body of await readExpectations(resolve(cwd, given.arg(0)))) results.push(await applyOne(admin(), body));
    await output.list(results, ['result', 'name', 'holds', 'why', 'id']);
  },
};

async function readExpectations(path: string): Promise<readonly CreateExpectationBody[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`expect apply: ${error.message}`);
  });
  if (text.length > FILE_BYTES_MAX) throw new UsageError('expect apply: the file is too long');
  const read = parse(text);
  const all = Array.isArray(read) ? read : (read as { expectations?: unknown } | null)?.expectations;
  const isList = Array.isArray(all) && all.every((one) => typeof one?.name === 'string');
  if (!isList) throw new UsageError('expect apply: the file is a list of expectations, each with a name');
  return all as readonly CreateExpectationBody[];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('expect apply: the file is no JSON');
  }
}

async function applyOne(admin: AdminClient, body: CreateExpectationBody) {
  const query = { name: body.name, limit: PAGE, ...(body.account_id ? { account_id: body.account_id } : {}) };
  const { data } = await admin.expectations.listExpectations(query);
  const found = data.find(({ account_id }) => account_id === (body.account_id ?? null));
  const { account_id: _, ...patch } = body;
  const done =
    found === undefined ? await admin.expectations.createExpectation(body) : await admin.expectations.updateExpectation(found.id, patch);
  const result = found === undefined ? 'created' : done.version === found.version ? 'unchanged' : 'updated';
  return { result, name: cellText(done.name), holds: done.holds, why: done.why, id: done.id };
}

/** `dialplane expect`. */
export const expectCommand: Command = {
  about: 'What must be decided of certain calls, whatever is changed.',
  actions: { list, check, add, remove, apply },
};
