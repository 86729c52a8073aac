import type { HttpAnswer } from './http-client.ts';
import type { SipLoad } from './load-sip.ts';
import type { KeyNote, NumberNote, Tenant } from './model.ts';
import { assign, bought, buy, moveTrunk, type OpDeps, patch, readLogin, release, resync, rowsOf, unassign } from './number-ops.ts';
import type { Random } from './random.ts';

const FACES = ['kros', 'vobiz', 'telnyx'] as const;
const RETRIES = 20;
const RETRY_MS = 300;

/** One random operation. `follow` takes calls that were placed right after a change. */
export async function stepHttp(deps: OpDeps, sip: SipLoad, random: Random, follow: (call: Promise<void>) => void): Promise<void> {
  const dice = random.next();
  if (dice < 0.12) return credit(deps, random);
  if (dice < 0.26) return purchase(deps, random);
  const note = takeNumber(deps, random, ({ holder, known }) => holder !== null || !known);
  if (note === undefined) return purchase(deps, random);
  try {
    if (!note.known) await resync(deps, note);
    if (note.known && note.holder !== null) await operate(deps, sip, note, random, follow);
  } finally {
    note.busy = false;
  }
}

/** Numbers that are in use before the first fault. */
export async function openNumbers(deps: OpDeps, count: number): Promise<void> {
  const parents = deps.model.tenants.filter(({ parent }) => parent === null);
  const open = async (note: NumberNote, index: number): Promise<void> => {
    const buyer = parents[index % parents.length] as Tenant;
    if (!(await buy(deps, note, buyer, 'kros'))) throw new Error(`${note.e164} cannot be bought`);
    bought(note, buyer);
    await patch(deps, note, { allow_inbound: true, allow_outbound: true });
    await readLogin(deps, note);
  };
  await Promise.all(deps.model.numbers.slice(0, count).map(open));
}

function takeNumber({ model }: OpDeps, random: Random, fits: (note: NumberNote) => boolean): NumberNote | undefined {
  const free = model.numbers.filter((note) => !note.busy && fits(note));
  if (free.length === 0) return undefined;
  const note = random.pick(free);
  note.busy = true;
  return note;
}

async function operate(deps: OpDeps, sip: SipLoad, note: NumberNote, random: Random, follow: (call: Promise<void>) => void): Promise<void> {
  const dice = random.next();
  const parent = note.holder?.parent ?? null;
  // What is never called may move at any time, and is moved often; what is called may not.
  const odds = isQuiet(deps.model.numbers.indexOf(note)) ? QUIET : BUSY;
  if (dice < odds.patch || note.routed === 'no') {
    const applied = await patch(deps, note, { allow_inbound: random.chance(0.75), allow_outbound: random.chance(0.75) });
    // Invariant 3 is about the very next call.
    if (applied && random.chance(0.6)) follow(sip.place(note, 'inbound', random));
  } else if (dice < odds.login) await readLogin(deps, note);
  else if (dice < odds.assign) {
    if (parent !== null) await unassign(deps, note);
    else await assign(deps, note, subOf(deps, note.holder as Tenant));
  } else if (dice < odds.trunk) await moveTrunk(deps, note);
  else await release(deps, note);
}

/** Upper ends of each operation's share; the rest is for release. */
const QUIET = { patch: 0.25, login: 0.3, assign: 0.75, trunk: 0.8 };
const BUSY = { patch: 0.5, login: 0.6, assign: 0.85, trunk: 0.92 };

/** A third of the numbers are called hardly ever, so that some of them may move. */
export const isQuiet = (index: number): boolean => index % 3 === 0;

function subOf({ model }: OpDeps, parent: Tenant): Tenant {
  const sub = model.tenants.find((tenant) => tenant.parent === parent);
  if (sub === undefined) throw new Error('an account without its sub-account');
  return sub;
}

/** One or two accounts want the same number at once, or one wants it with a key and a connection that may break. */
async function purchase(deps: OpDeps, random: Random): Promise<void> {
  const note = takeNumber(deps, random, ({ holder, known }) => holder === null && known);
  if (note === undefined) return;
  const parents = deps.model.tenants.filter(({ parent }) => parent === null);
  const first = random.pick(parents);
  try {
    if (random.chance(0.3)) return await purchaseOnce(deps, note, first, random);
    const second = random.pick(parents.filter((other) => other !== first));
    const buyers = random.chance(0.4) ? [first, second] : [first];
    const won = await Promise.all(buyers.map(async (buyer) => ((await buy(deps, note, buyer, random.pick(FACES))) ? [buyer] : [])));
    const winners = won.flat();
    deps.model.check(1, winners.length < 2, () => `${note.e164} was sold to two buyers at once`);
    if (winners[0] !== undefined) bought(note, winners[0]);
    else note.known = false;
  } finally {
    note.busy = false;
  }
}

async function purchaseOnce(deps: OpDeps, note: NumberNote, buyer: Tenant, random: Random): Promise<void> {
  const body = { inventory_id: note.id };
  const key = newKey(deps, 'purchase');
  const answer = await once(deps, key, random, (headers, timeoutMs) =>
    deps.http.send('POST', '/phone-numbers', { key: buyer.key, body, headers, timeoutMs }),
  );
  note.known = false;
  if (answer !== undefined && answer.status < 300) bought(note, buyer);
}

async function credit(deps: OpDeps, random: Random): Promise<void> {
  const account = random.pick(deps.model.tenants.filter(({ parent }) => parent === null));
  const key = newKey(deps, 'credit');
  const body = { amount_minor: random.int(1, 500), note: key.key };
  await once(deps, key, random, (headers, timeoutMs) =>
    deps.http.send('POST', `/admin/v1/accounts/${account.id}/credits`, { key: deps.adminKey, body, headers, timeoutMs }),
  );
}

function newKey({ model }: OpDeps, op: KeyNote['op']): KeyNote {
  const key: KeyNote = { key: `chaos-${op}-${model.keys.length}`, op, requestIds: [], done: false };
  model.keys.push(key);
  return key;
}

type Send = (headers: Readonly<Record<string, string>>, timeoutMs: number) => Promise<HttpAnswer>;

/** Sends with one key until something other than a broken connection, 5xx or `still running` comes back; the first try is often cut. */
async function once({ model }: OpDeps, key: KeyNote, random: Random, send: Send): Promise<HttpAnswer | undefined> {
  for (let attempt = 0; attempt < RETRIES; attempt += 1) {
    const answer = await send({ 'Idempotency-Key': key.key }, attempt === 0 && random.chance(0.5) ? random.int(1, 40) : 5000);
    key.requestIds.push(answer.requestId);
    model.changes.push({ requestId: answer.requestId, op: key.op, status: answer.status, auditRows: rowsOf(answer, true, false) });
    if (answer.status > 0 && answer.status < 500 && answer.status !== 409) {
      key.done = answer.status < 300;
      return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return undefined;
}
