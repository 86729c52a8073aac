import { CALL_OPTIONS, callQuery } from '../call-query.ts';
import type { Action, Command } from '../command.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';

const COLUMNS = ['started_at', 'direction', 'from', 'to', 'outcome', 'sip_status', 'refusal_code', 'duration_ms', 'call_id'];

const list: Action = {
  about: 'Calls, newest first.',
  options: { ...LIST_OPTIONS, ...CALL_OPTIONS },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().calls.iterateCalls({ limit: wanted.pageSize, ...callQuery(given) });
    await output.list(wanted.of(rows), COLUMNS);
  },
};

const get: Action = {
  about: 'One call with its attempts.',
  args: ['<call id>'],
  async run({ given, output, admin }) {
    await output.one(await admin().calls.getCall(given.arg(0)));
  },
};

const hangup: Action = {
  about: 'Ends a call that goes on.',
  args: ['<call id>'],
  async run({ given, output, admin }) {
    await output.one(await admin().calls.hangUpCall(given.arg(0)));
  },
};

const trace: Action = {
  about: 'The SIP messages of a call as a ladder; --text shows them whole.',
  args: ['<call id>'],
  options: { text: { type: 'boolean' } },
  async run({ given, output, admin }) {
    const format = output.json ? 'json' : given.has('text') ? 'text' : 'ladder';
    const text = await admin().calls.getCallTrace(given.arg(0), { format });
    await output.raw(text.endsWith('\n') ? text : `${text}\n`);
  },
};

/** `dialplane calls`. */
export const callsCommand: Command = { about: 'Calls that go on and calls that were.', actions: { list, get, hangup, trace } };
