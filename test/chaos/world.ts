import { call } from '../support/api-call.ts';
import type { DaemonState } from '../support/daemon.ts';
import { type LossyRelay, openLossyRelay } from '../support/sip/lossy-relay.ts';
import { createParty, type Party } from '../support/sip/party.ts';
import type { Model, Tenant } from './model.ts';

/** The outside of the product: two carriers, one of them behind a line that may lose datagrams, and one phone. */
export interface World {
  readonly carrier: Party;
  readonly farCarrier: Party;
  readonly line: LossyRelay;
  readonly phone: Party;
  readonly violations: () => readonly string[];
  /** What the parties sent and received of the call, oldest first, a line each with the time of day. */
  readonly ladder: (call: { readonly ref: string; readonly sipCallId: string }) => readonly string[];
  close(): Promise<void>;
}

const STOCK = 60;
const ACCOUNTS = 3;
/** Never reached: a lease is taken only where there is a limit, and what is judged is that none is left. */
const LIMIT = { max_channels: 500 };
const PRICES = { setup_fee_minor: 100, monthly_fee_minor: 250, currency: 'USD' };
/** SIP's T1: what is lost is soon repeated. */
const T1_MS = 100;
/**
 * Timer B as carriers have it. A caller who gave up before the pause of an engine was over would be deaf to its first response, and
 * could not even cancel (RFC 3261 §9.1): the call would ring on with nobody at its other end, by no fault of the product.
 */
const GIVE_UP_MS = 32_000;

/** Opens the parties. */
export async function openWorld(sip: { readonly host: string; readonly port: number }, seed: number): Promise<World> {
  const timers = { t1Ms: T1_MS, t2Ms: 800, giveUpMs: GIVE_UP_MS };
  const line = await openLossyRelay({ target: sip, seed });
  const carrier = await createParty({ user: 'carrier', ...timers });
  const farCarrier = await createParty({ user: 'far', outbound: line.front, advertise: line.back, ...timers });
  line.attach(farCarrier.bound);
  const phone = await createParty({ user: 'phone', ...timers });
  const parties = [carrier, farCarrier, phone];
  return {
    carrier,
    farCarrier,
    line,
    phone,
    violations: () => parties.flatMap(({ violations }) => violations),
    ladder: (call) => ladderOf(parties, call),
    async close() {
      await Promise.allSettled(parties.map((party) => party.close()));
      await line.close();
    },
  };
}

function ladderOf(parties: readonly Party[], { ref, sipCallId }: { readonly ref: string; readonly sipCallId: string }): readonly string[] {
  const entries = parties.flatMap(({ bound, trace }) =>
    trace.entries.map((entry) => ({ ...entry, at: trace.openedAt + entry.atMs, bound })),
  );
  // The leg to the called party has a Call-ID of its own; its INVITE alone carries the text of the call.
  const ids = new Set([sipCallId]);
  for (const { message } of entries) if (message?.method === 'INVITE' && String(message.toBytes()).includes(ref)) ids.add(message.callId);
  return entries
    .filter(({ message }) => message !== undefined && ids.has(message.callId))
    .sort((one, other) => one.at - other.at)
    .map(({ at, bound, direction, text }) => `${new Date(at).toISOString()} ${bound.port} ${direction} ${text}`);
}

/** Accounts with money, sub-accounts, endpoints, trunk groups and numbers in stock. */
export async function seedWorld(state: DaemonState, world: World, model: Model): Promise<void> {
  const at = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;
  const group = await admin(state, 'POST', '/trunk-groups', {
    name: 'Carrier',
    kind: 'carrier',
    acl: [at(world.carrier), at(world.farCarrier)],
    gateways: [{ uri: `sip:${at(world.carrier)}`, ...LIMIT }],
    ...LIMIT,
  });
  noteGroup(model, group);
  await admin(state, 'POST', '/outbound-routes', { prefix: '', trunk_group_id: group.id });
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const parent = await seedTenant(state, world, `Account ${index}`, null);
    await admin(state, 'POST', `/accounts/${parent.id}/credits`, { amount_minor: 10_000_000, note: 'seed' });
    const gateways = [{ uri: `sip:pbx@${at(world.phone)}`, ...LIMIT }];
    const customer = await admin(state, 'POST', '/trunk-groups', {
      name: 'PBX',
      kind: 'customer',
      account_id: parent.id,
      gateways,
      ...LIMIT,
    });
    noteGroup(model, customer);
    parent.trunkGroupId = customer.id;
    model.tenants.push(parent, await seedTenant(state, world, `Sub ${index}`, parent));
  }
  const numbers = Array.from({ length: STOCK }, (_, index) => ({ e164: `+1202555${String(1000 + index)}`, country: 'US', ...PRICES }));
  await admin(state, 'POST', '/inventory', { numbers });
  const { data } = await admin(state, 'GET', '/numbers?limit=500');
  const ids = new Map<string, string>(data.map(({ id, e164 }: { id: string; e164: string }) => [e164, id]));
  for (const { e164 } of numbers) model.numbers.push(freshNote(ids.get(e164) ?? '', e164));
  model.scopes.push(...model.tenants.map(({ id }) => ({ kind: 'account', id }) as const));
  model.scopes.push(...model.numbers.map(({ id }) => ({ kind: 'number', id }) as const));
  for (const { id } of model.tenants) await admin(state, 'PATCH', `/accounts/${id}`, LIMIT);
}

function noteGroup(model: Model, group: { readonly id: string; readonly gateways: readonly { readonly id: string }[] }): void {
  model.scopes.push({ kind: 'trunk-group', id: group.id }, ...group.gateways.map(({ id }) => ({ kind: 'gateway', id }) as const));
}

const freshNote = (id: string, e164: string) => ({
  id,
  e164,
  busy: false,
  known: true,
  holder: null,
  lastHolder: null,
  routed: 'no' as const,
  allowInbound: true,
  allowOutbound: false,
  version: 0,
  appliedVersion: 0,
  login: null,
  lastCallAt: null,
  tried: false,
  lastCallTold: 0,
});

async function seedTenant(state: DaemonState, world: World, name: string, parent: Tenant | null): Promise<Tenant> {
  const kind = parent === null ? {} : { kind: 'sub_account', parent_id: parent.id };
  const { id, auth_id: authId, auth_token: token } = await admin(state, 'POST', '/accounts', { name, ...kind });
  const { key } = await admin(state, 'POST', `/accounts/${id}/api-keys`, { mode: 'live' });
  const targets = [{ uri: world.phone.uri }];
  const endpoint = await admin(state, 'POST', '/endpoints', { account_id: id, name: 'Phone', targets });
  return { id, authId, token, key, parent, endpointId: endpoint.id, trunkGroupId: null };
}

// biome-ignore lint/suspicious/noExplicitAny: tests read into it.
async function admin(state: DaemonState, method: string, path: string, body?: unknown): Promise<any> {
  const answer = await call(state.http_url, method, `/admin/v1${path}`, {
    key: state.admin_api_key,
    ...(body === undefined ? {} : { body }),
  });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}
