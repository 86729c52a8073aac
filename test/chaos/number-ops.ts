import { coolOffMsOf } from '../../src/domain/cool-off.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts';
import type { ChangeNote, Model, NumberNote, Tenant } from './model.ts';

/** What operations on numbers need. */
export interface OpDeps {
  readonly http: HttpClient;
  readonly model: Model;
  readonly adminKey: string;
}

const COOL_OFF_MS = coolOffMsOf(15);
const vobizAuth = (tenant: Tenant) => ({ 'X-Auth-ID': tenant.authId, 'X-Auth-Token': tenant.token });
const vobizPath = (tenant: Tenant, note: NumberNote, rest: string): string =>
  `/api/v1/Account/${tenant.authId}/numbers/${encodeURIComponent(note.e164)}${rest}`;

/** Sends a change of a number and writes down what its answer promises. */
async function change(
  { http, model }: OpDeps,
  note: NumberNote,
  op: string,
  method: string,
  path: string,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const before = note.version;
  const answer = await http.send(method, path, request);
  const wasKnown = note.known;
  const told = keepVersion(note, answer);
  if (answer.status === 0 || answer.status >= 500) note.known = false;
  const success = answer.status >= 200 && answer.status < 300;
  // An order of several numbers tells no version, and is never nothing.
  const noOp = success && told === before && before > 0;
  model.changes.push({ requestId: answer.requestId, op, status: answer.status, auditRows: rowsOf(answer, wasKnown, noOp) });
  return answer;
}

/** A refusal leaves no row, a success one, a no-op and a replay none; without an answer nobody knows. */
export function rowsOf(answer: HttpAnswer, wasKnown: boolean, noOp: boolean): ChangeNote['auditRows'] {
  if (answer.status === 0 || answer.status >= 500) return null;
  if (answer.status >= 400) return 0;
  if (answer.headers.get('idempotent-replayed') === 'true') return 0;
  if (noOp) return wasKnown ? 0 : null;
  return 1;
}

/** Gives the version that a success told; 0: none. */
function keepVersion(note: NumberNote, { headers, status }: HttpAnswer): number {
  const told = Number(/^number:.*:([0-9]+)$/.exec(headers.get('dialplane-version') ?? '')?.[1] ?? 0);
  if (told === 0 || status >= 300) return 0;
  note.version = Math.max(note.version, told);
  if (headers.get('dialplane-propagation') === 'applied') note.appliedVersion = Math.max(note.appliedVersion, told);
  return told;
}

/** Asks what became of a number after a request without an answer. */
export async function resync({ http, model, adminKey }: OpDeps, note: NumberNote): Promise<void> {
  const { status, body } = await http.send('GET', `/admin/v1/numbers/${note.id}`, { key: adminKey });
  if (status !== 200 || body.lifecycle === 'releasing') return;
  const holderId = body.sub_account_id ?? body.owner_account_id;
  const holder = model.tenants.find(({ id }) => id === holderId) ?? null;
  if (holder !== note.holder) Object.assign(note, { lastHolder: note.holder ?? note.lastHolder, holder, login: null });
  note.allowInbound = body.allow_inbound;
  note.allowOutbound = body.allow_outbound;
  note.routed = body.endpoint_id !== null ? 'endpoint' : body.trunk_group_id !== null ? 'trunk_group' : 'no';
  note.version = body.version;
  note.known = true;
}

const handOver = (note: NumberNote, holder: Tenant | null): void => {
  Object.assign(note, {
    lastHolder: note.holder ?? note.lastHolder,
    holder,
    routed: 'no',
    login: null,
    allowInbound: true,
    allowOutbound: false,
  });
};

/** Turns the flags, and routes the number to its holder's phone where it leads nowhere. True: the answer said `applied`. */
export async function patch(deps: OpDeps, note: NumberNote, body: { allow_inbound: boolean; allow_outbound: boolean }): Promise<boolean> {
  const { holder } = note;
  if (holder === null) return false;
  const route = note.routed === 'no' ? { endpoint_id: holder.endpointId } : {};
  const request = { key: holder.key, body: { ...body, ...route } };
  const answer = await change(deps, note, 'patch', 'PATCH', `/phone-numbers/${note.id}`, request);
  if (answer.status !== 200) return false;
  Object.assign(note, { allowInbound: body.allow_inbound, allowOutbound: body.allow_outbound });
  if (note.routed === 'no') note.routed = 'endpoint';
  return answer.headers.get('dialplane-propagation') === 'applied';
}

/** Learns the number's own SIP login. */
export async function readLogin({ http }: OpDeps, note: NumberNote): Promise<void> {
  if (note.holder === null) return;
  const { status, body } = await http.send('GET', `/phone-numbers/${note.id}`, { key: note.holder.key });
  if (status === 200) note.login = { username: body.sip_credentials.username, password: body.sip_credentials.password };
}

/** Gives a number of the parent's pool to its sub-account. */
export async function assign(deps: OpDeps, note: NumberNote, sub: Tenant): Promise<void> {
  const { holder } = note;
  if (holder === null) return;
  const request = { headers: vobizAuth(holder), body: { sub_account_id: sub.authId } };
  const answer = await change(deps, note, 'assign', 'POST', vobizPath(holder, note, '/assign-subaccount'), request);
  if (answer.status === 204) handOver(note, sub);
}

/** Takes a number back from a sub-account: never within the cool-off of a call that we know was admitted before we asked. */
export async function unassign(deps: OpDeps, note: NumberNote): Promise<void> {
  const parent = note.holder?.parent ?? null;
  if (parent === null) return;
  const { lastCallAt } = note;
  const answer = await change(deps, note, 'unassign', 'DELETE', vobizPath(parent, note, '/assign-subaccount'), {
    headers: vobizAuth(parent),
  });
  if (answer.status !== 204) {
    const cooling = answer.body?.error === 'did_cool_off_in_effect';
    if (cooling) deps.model.check(4, note.tried, () => `${note.e164} may not leave (${answer.requestId}), and it never had a call`);
    return;
  }
  const now = deps.model.now();
  deps.model.check(4, lastCallAt === null || now >= lastCallAt + COOL_OFF_MS, () => {
    return `${note.e164} left its sub-account (${answer.requestId}) ${Math.round((now - (lastCallAt ?? 0)) / 1000)} s after an admitted call`;
  });
  handOver(note, parent);
}

/** Routes a number to its holder's trunk group, or takes it off. */
export async function moveTrunk(deps: OpDeps, note: NumberNote): Promise<void> {
  const { holder } = note;
  if (holder === null || holder.trunkGroupId === null) return;
  const off = note.routed === 'trunk_group';
  const headers = vobizAuth(holder);
  const path = vobizPath(holder, note, '/assign');
  const answer = off
    ? await change(deps, note, 'trunk-off', 'DELETE', path, { headers })
    : await change(deps, note, 'trunk-on', 'POST', path, { headers, body: { trunk_group_id: holder.trunkGroupId } });
  if (answer.status === 204) note.routed = off ? 'no' : 'trunk_group';
}

/** Gives a number back to stock. */
export async function release(deps: OpDeps, note: NumberNote): Promise<void> {
  if (note.holder === null) return;
  const answer = await change(deps, note, 'release', 'DELETE', `/phone-numbers/${note.id}`, { key: note.holder.key });
  if (answer.status !== 204) return;
  handOver(note, null);
  // With calls under way it is in stock only after them.
  note.known = false;
}

/** One account buys, in any of three dialects. True: it was told that the number is its own. */
export async function buy(deps: OpDeps, note: NumberNote, buyer: Tenant, face: 'kros' | 'vobiz' | 'telnyx'): Promise<boolean> {
  const { lastCallAt, lastHolder } = note;
  const requests = {
    kros: ['/phone-numbers', { key: buyer.key, body: { inventory_id: note.id } }],
    vobiz: [`/api/v1/Account/${buyer.authId}/numbers/purchase-from-inventory`, { headers: vobizAuth(buyer), body: { e164: note.e164 } }],
    telnyx: ['/v2/number_orders', { key: buyer.key, body: { phone_numbers: [{ phone_number: note.e164 }] } }],
  } as const;
  const [path, request] = requests[face];
  const answer = await change(deps, note, `buy-${face}`, 'POST', path, request);
  if (answer.status >= 300 || answer.status === 0) return false;
  checkResale(deps, note, buyer, lastHolder, lastCallAt, answer.requestId);
  return true;
}

/** Invariant 4 at a purchase: only the last holder may have a number back before it has cooled off. */
function checkResale({ model }: OpDeps, note: NumberNote, buyer: Tenant, last: Tenant | null, lastCallAt: number | null, id: string): void {
  const now = model.now();
  const cool = last === null || last === buyer || lastCallAt === null || now >= lastCallAt + COOL_OFF_MS;
  model.check(4, cool, () => `${note.e164} was resold (${id}) ${Math.round((now - (lastCallAt ?? 0)) / 1000)} s after an admitted call`);
}

/** The number is in the hands of who bought it. */
export const bought = (note: NumberNote, buyer: Tenant): void => handOver(note, buyer);
