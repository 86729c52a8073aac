import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DaemonState } from './daemon.ts';

/** What the demo made at its first run and finds again at the next. */
export interface Seeded {
  readonly accountId: string;
  readonly key: string;
  readonly carrierId: string;
  readonly routeId: string;
  readonly endpointId: string;
  readonly numberId: string;
  readonly number: string;
}

/** Where the demo's parties listen this time. */
export interface Parties {
  readonly carrier: { readonly host: string; readonly port: number };
  readonly phone: { readonly host: string; readonly port: number };
}

/** Two addresses besides the demo's own carrier, for calls by hand. */
export const HAND_PORTS = [5070, 5071] as const;

const NUMBERS = Array.from({ length: 10 }, (_, index) => `+1202555010${index}`);

/** Small HTTP client of the demo: throws with the answer when it is not what was expected. */
export async function request<T>(state: DaemonState, key: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${state.http_url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Seeds account, money, stock, carrier, endpoint and number; at later runs only points carrier and endpoint to the new ports. */
export async function seed(state: DaemonState, parties: Parties, file: string): Promise<Seeded> {
  const admin = <T>(method: string, path: string, body?: unknown) =>
    request<T>(state, state.admin_api_key, method, `/admin/v1${path}`, body);
  const carrier = carrierOf(parties);
  const target = { targets: [{ uri: `sip:phone@${parties.phone.host}:${parties.phone.port}` }] };
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Seeded) : null;
  if (known !== null) {
    await admin('PATCH', `/trunk-groups/${known.carrierId}`, carrier);
    await admin('PATCH', `/endpoints/${known.endpointId}`, target);
    return known;
  }
  const account = await admin<{ id: string }>('POST', '/accounts', { name: 'Demo', currency: 'USD' });
  const { key } = await admin<{ key: string }>('POST', `/accounts/${account.id}/api-keys`, { mode: 'live' });
  await admin('POST', `/accounts/${account.id}/credits`, { amount_minor: 10_000, note: 'demo money' });
  const group = await admin<{ id: string }>('POST', '/trunk-groups', { name: 'Demo carrier', kind: 'carrier', ...carrier });
  const route = await admin<{ id: string }>('POST', '/outbound-routes', { prefix: '', trunk_group_id: group.id });
  const stock = { type: 'local', setup_fee_minor: 100, monthly_fee_minor: 200, currency: 'USD', carrier_trunk_group_id: group.id };
  await admin('POST', '/inventory', { numbers: NUMBERS.map((e164) => ({ e164, country: 'US', ...stock })) });
  const endpoint = await admin<{ id: string }>('POST', '/endpoints', { account_id: account.id, name: 'Demo phone', ...target });
  const kros = <T>(method: string, path: string, body?: unknown) => request<T>(state, key, method, path, body);
  const { phone_numbers: forSale } = await kros<{ phone_numbers: { id: string }[] }>(
    'GET',
    '/phone-numbers?action=available&country=US&limit=1',
  );
  const bought = await kros<{ id: string; e164: string }>('POST', '/phone-numbers', { inventory_id: forSale[0]?.id });
  await kros('PATCH', `/phone-numbers/${bought.id}`, { endpoint_id: endpoint.id, allow_outbound: true });
  const seeded: Seeded = {
    accountId: account.id,
    key,
    carrierId: group.id,
    routeId: route.id,
    endpointId: endpoint.id,
    numberId: bought.id,
    number: bought.e164,
  };
  writeFileSync(file, JSON.stringify(seeded), { mode: 0o600 });
  return seeded;
}

const carrierOf = ({ carrier }: Parties) => ({
  acl: [`${carrier.host}:${carrier.port}`, ...HAND_PORTS.map((port) => `127.0.0.1:${port}`)],
  gateways: [{ uri: `sip:${carrier.host}:${carrier.port}` }],
});
