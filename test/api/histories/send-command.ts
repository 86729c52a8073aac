import { expect } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer } from '../../support/api-call.ts';
import { looked, newAudit, type World } from './histories-world.ts';
import type { Command, Kind, Outcome } from './machine-commands.ts';
import { play } from './play-command.ts';
import { codeIn, type FaceName, saidOf } from './refusal-codes.ts';
import { requestOf, type Sent } from './request-of.ts';

/** Who was asked, and what it came to. */
export interface Sending {
  readonly face: FaceName | 'clock' | 'worker';
  readonly kind: Kind;
  readonly isChange: boolean;
  readonly answer: ApiAnswer | null;
}

/** Sends a command, plays it in the model, and compares answer and audit rows; `twice` sends a POST again under its key. */
export async function sendCommand(world: World, command: Command, twice = false): Promise<Sending> {
  const { api, model } = world;
  if (command.do === 'wait') {
    api.clock.advance(command.ms);
    return { face: 'clock', kind: 'ok', isChange: false, answer: null };
  }
  if (command.do === 'work') {
    const outcome = play(model, command, api.clock.now());
    await api.work(world.accounts.map(({ account }) => account.id));
    await compareAudit(world, outcome, null);
    return { face: 'worker', kind: 'ok', isChange: outcome.actions.length > 0, answer: null };
  }
  const sent = requestOf(world, command) as Sent;
  const outcome = play(model, command, api.clock.now());
  const requestId = newId();
  const key: Record<string, string> = sent.method === 'POST' ? { 'Idempotency-Key': requestId } : {};
  const headers = { ...sent.request.headers, ...key, 'X-Request-Id': requestId };
  const answer = await api.call(sent.method, sent.path, { ...sent.request, headers });
  if (outcome.kind === 'ok') expect(answer.status, `${sent.method} ${sent.path}: ${answer.text}`).toBe(sent.status);
  else expect([answer.status, codeIn(sent.face, answer)], answer.text).toEqual(saidOf(sent.face, command, outcome.kind));
  await compareAudit(world, outcome, requestId);
  if (outcome.kind === 'ok') await learn(world, command, answer);
  if (outcome.kind === 'ok' && sent.method === 'POST' && twice) await sendAgain(world, sent, headers, answer);
  if (outcome.kind === 'not_found') await compareUnknown(world, sent, answer);
  return { face: sent.face, kind: outcome.kind, isChange: outcome.actions.length > 0, answer };
}

/** Invariant 13: exactly one row for what changed something, none for what did not; its request is in it. */
async function compareAudit(world: World, { actions }: Outcome, requestId: string | null): Promise<void> {
  const rows = await newAudit(world);
  world.audited += rows.length;
  expect(rows.map(({ action }) => action).toSorted(), 'audit').toEqual(actions);
  looked(world.api.looks, 13);
  if (requestId !== null) for (const row of rows) expect(row.request_id).toBe(requestId);
}

/** Invariant 8: the same request under the same key has no second effect, and the same answer. */
async function sendAgain(world: World, { method, path, request }: Sent, headers: Record<string, string>, first: ApiAnswer): Promise<void> {
  const again = await world.api.call(method, path, { ...request, headers });
  expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([first.status, first.text, 'true']);
  await compareAudit(world, { kind: 'ok', actions: [] }, null);
  looked(world.api.looks, 8);
}

/** Invariant 11: what is somebody else's is answered as what does not exist, byte for byte. */
async function compareUnknown(world: World, { face, method, unknownPath, request }: Sent, answer: ApiAnswer): Promise<void> {
  if (unknownPath === null || face === 'admin') return;
  const unknown = await world.api.call(method, unknownPath, request);
  expect([answer.status, answer.text]).toEqual([unknown.status, unknown.text]);
  looked(world.api.looks, 11);
}

/** Keeps the ids of what was made. */
async function learn(world: World, command: Command, { body }: ApiAnswer): Promise<void> {
  if (command.do === 'group') world.groups.push(body.id);
  if (command.do === 'reserve') world.reservations.push(body.data.id);
  if (command.do !== 'order' && command.do !== 'buy') return;
  const { key = '' } = world.accounts[command.by] ?? {};
  const known = new Set(world.orders.map(({ id }) => id));
  const listed = await world.api.call('GET', '/v2/number_orders?page[size]=250', { key });
  const id: string = listed.body.data.find((each: { id: string }) => !known.has(each.id))?.id ?? '';
  const { data } = (await world.api.call('GET', `/v2/number_orders/${id}`, { key })).body;
  world.orders.push({ id, subs: data.sub_number_orders_ids, items: data.phone_numbers.map((each: { id: string }) => each.id) });
}
