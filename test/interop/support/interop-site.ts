import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Product, startProduct } from '../../e2e/product.ts';
import { type DnsServer, dnsServer } from '../../sip-engine/support/dns-server.ts';
import { certificate } from '../../sip-engine/support/secure-parties.ts';
import { type Phone, type PhoneOptions, startPhone } from './baresip.ts';
import { type KamailioOptions, startKamailio } from './kamailio.ts';
import { freePort, type ProgramRun, programAvailable } from './program-run.ts';

/** What of the programs is missing here; empty: all can run. */
export function missingPrograms(): string[] {
  const missing = ['kamailio', 'baresip'].filter((name) => !programAvailable(name));
  return missing.includes('kamailio') || tlsModuleThere() ? missing : [...missing, 'kamailio-tls-modules'];
}

/** Debian has it in a package of its own, in a folder named after the machine. */
function tlsModuleThere(): boolean {
  const folders = ['/usr/lib64', '/usr/local/lib64', '/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  return folders.some((folder) => existsSync(join(folder, 'kamailio/modules/tls.so')));
}

/** The numbers of the account: a desk phone over UDP, a mobile over TLS, an extension of a PBX. */
export const NUMBERS = { desk: '+12025550161', mobile: '+12025550162', extension: '+12025550163' } as const;
/** Somebody else's customer, at the carrier. */
export const SUBSCRIBER = '+442071838750';
/** Another number of theirs, in a country that calls go to over TLS. */
export const ABROAD = '+33142685300';
const PASSWORD = 'carrier-secret-1';
const TRUNK_USER = 'dialplane';
const CARRIER = '127.0.0.2';
const PBX = '127.0.0.3';

/** The product between a carrier and a PBX that are Kamailio, and phones that are baresip. */
export interface InteropSite {
  readonly product: Product;
  readonly carrier: ProgramRun;
  readonly pbx: ProgramRun;
  readonly desk: Phone;
  readonly mobile: Phone;
  readonly extension: Phone;
  readonly subscriber: Phone;
  /** The trunk group whose gateway we register at. */
  readonly carrierGroupId: string;
  /** What a phone must dial to reach a number by its own server. */
  uriFor(phone: Phone, number: string): string;
  close(): Promise<void>;
}

interface Ports {
  readonly carrier: number;
  readonly carrierTls: number;
  readonly pbx: number;
  readonly tls: number;
}

const carrierRoutes = (sipPort: number, { tls }: Ports): string => `route[NEW] {
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("carrier.test", "${PASSWORD}", "0")) { www_challenge("carrier.test", "0"); exit; }
    save("location");
    xlog("L_ERR", "carrier: $fU is registered from $proto:$si:$sp\\n");
    exit;
  }
  if ($rU == "${SUBSCRIBER}" || $rU == "${ABROAD}") {
    if (!pv_proxy_authenticate("carrier.test", "${PASSWORD}", "0")) { proxy_challenge("carrier.test", "0"); exit; }
    consume_credentials();
    $rU = "${SUBSCRIBER}";
    if (lookup("location")) { t_relay(); exit; }
  }
  if ($rU == "${NUMBERS.desk}") {
    $ru = "sip:${TRUNK_USER}@carrier.test";
    if (lookup("location")) { t_relay(); exit; }
  }
  if ($rU == "${NUMBERS.mobile}") { $du = "sip:127.0.0.1:${tls};transport=tls"; t_relay(); exit; }
  if ($rU == "${NUMBERS.extension}") { $du = "sip:127.0.0.1:${sipPort}"; t_relay(); exit; }
}`;

const pbxRoutes = (sipPort: number): string => `route[NEW] {
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("pbx.test", "${PASSWORD}", "0")) { www_challenge("pbx.test", "0"); exit; }
    save("location");
    xlog("L_ERR", "pbx: $fU is registered from $proto:$si:$sp\\n");
    exit;
  }
  if ($rU == "${NUMBERS.extension}") {
    if (lookup("location")) { t_relay(); exit; }
    exit;
  }
  rewritehostport("127.0.0.1:${sipPort}");
  t_relay();
  exit;
}`;

/** Starts everything; each part is ended again when one does not start. */
export async function openInteropSite(): Promise<InteropSite> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.reverse().splice(0)) await one();
  };
  const kept = <T>(started: T, stop: (started: T) => Promise<unknown>): T => {
    closing.push(() => stop(started));
    return started;
  };
  try {
    const folder = kept(mkdtempSync(join(tmpdir(), 'dialplane-interop-')), async (path) => rmSync(path, { recursive: true, force: true }));
    const dns = kept(await dnsServer({ 'sip.test': { a: ['127.0.0.1'] } }), (server) => server.close());
    const ports = await freePorts();
    const product = kept(await startProduct(settings(dns, ports)), (one) => one.stop());
    const [carrierOptions, pbxOptions] = proxies(product.sip.port, ports);
    const carrier = kept(await startKamailio(folder, carrierOptions), (run) => run.stop());
    const pbx = kept(await startKamailio(folder, pbxOptions), (run) => run.stop());
    const logins = await provision(product, ports);
    const phones: Phone[] = [];
    const wanted = phonesOf(logins, product.sip.port, ports);
    for (const options of wanted) phones.push(kept(await startPhone(folder, options), (phone) => phone.stop()));
    const [desk, mobile, extension, subscriber] = phones as [Phone, Phone, Phone, Phone];
    const uriFor = (one: Phone, number: string): string => `sip:${number}@${wanted[phones.indexOf(one)]?.domain}`;
    await carrier.says(new RegExp(`${TRUNK_USER} is registered`));
    return { product, carrier, pbx, desk, mobile, extension, subscriber, carrierGroupId: logins.carrierGroupId, uriFor, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const freePorts = async (): Promise<Ports> => ({
  carrier: await freePort(CARRIER),
  carrierTls: await freePort('127.0.0.1'),
  pbx: await freePort(PBX),
  tls: await freePort('127.0.0.1'),
});

function proxies(sipPort: number, ports: Ports): readonly [KamailioOptions, KamailioOptions] {
  // Its certificate is for this address, by which it records its route.
  const tls = { host: '127.0.0.1', port: ports.carrierTls, ...certificate('first'), authorities: certificate('first').cert };
  const carrier = { name: 'carrier', host: CARRIER, port: ports.carrier, tls, routes: carrierRoutes(sipPort, ports) };
  return [carrier, { name: 'pbx', host: PBX, port: ports.pbx, routes: pbxRoutes(sipPort) }];
}

function phonesOf(logins: { readonly desk: Login; readonly mobile: Login }, sipPort: number, ports: Ports): readonly PhoneOptions[] {
  const proxy = (host: string, port: number, transport: 'udp' | 'tls' = 'udp') => ({ proxy: { host, port, transport } });
  const at = (domain: string, user: string) => ({ domain, user, password: PASSWORD });
  return [
    { name: 'desk', ...logins.desk, ...proxy('127.0.0.1', sipPort) },
    { name: 'mobile', ...logins.mobile, ...proxy('127.0.0.1', ports.tls, 'tls'), authorities: certificate('first').cert },
    { name: 'extension', ...at('pbx.test', NUMBERS.extension), ...proxy(PBX, ports.pbx) },
    { name: 'subscriber', ...at('carrier.test', SUBSCRIBER), ...proxy(CARRIER, ports.carrier) },
  ];
}

const settings = (dns: DnsServer, { tls }: Ports): Record<string, string> => ({
  ROLES: 'api,agent,worker',
  SIPS_PORT: String(tls),
  SIP_TLS_CERTIFICATE_FILE: certificate('first').cert,
  SIP_TLS_KEY_FILE: certificate('first').key,
  SIP_TLS_AUTHORITIES_FILE: certificate('first').cert,
  SIP_DNS_SERVERS: dns.address,
});

interface Login {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

/** A carrier by two ways, a customer's trunk, three numbers and two SIP users; by HTTP, as anybody would. */
async function provision(
  product: Product,
  ports: Ports,
): Promise<{ readonly desk: Login; readonly mobile: Login; readonly carrierGroupId: string }> {
  const made = async (path: string, body: unknown, method = 'POST') => {
    const answer = await product.admin(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const { id: accountId } = await made('/accounts', { name: 'interop' });
  const { key } = await made(`/accounts/${accountId}/api-keys`, {});
  const login = { username: TRUNK_USER, password: PASSWORD };
  const group = (name: string, uri: string, more: object) =>
    made('/trunk-groups', { name, kind: 'carrier', gateways: [{ uri, login, ...more }], acl: name === 'udp' ? [`${CARRIER}/32`] : [] });
  const udp = await group('udp', `sip:${CARRIER}:${ports.carrier}`, { register_seconds: 600 });
  const tls = await group('tls', `sip:sip.test:${ports.carrierTls};transport=tls`, {});
  await made('/outbound-routes', { prefix: '', trunk_group_id: udp.id });
  await made('/outbound-routes', { prefix: '33', trunk_group_id: tls.id });
  const trunk = {
    name: 'pbx',
    kind: 'customer',
    account_id: accountId,
    acl: [`${PBX}/32`],
    gateways: [{ uri: `sip:${PBX}:${ports.pbx}` }],
  };
  const { id: trunkId } = await made('/trunk-groups', trunk);
  await made('/inventory', { numbers: Object.values(NUMBERS).map((e164) => ({ e164 })) });
  const stock = await product.call('GET', '/phone-numbers?action=available', { key });
  const numbers = new Map<string, string>();
  for (const { id, e164 } of stock.body.phone_numbers) {
    const bought = await product.call('POST', '/phone-numbers', { key, body: { inventory_id: id } });
    numbers.set(e164 ?? bought.body.e164, bought.body.id);
  }
  const user = async (e164: string, username: string, more = {}): Promise<Login> => {
    const made_ = await made('/sip-users', { account_id: accountId, username, ...more });
    const uri = `sip:${made_.username}@${made_.realm}`;
    const endpoint = await made('/endpoints', { account_id: accountId, name: e164, targets: [{ uri }] });
    await made(`/numbers/${numbers.get(e164)}`, { endpoint_id: endpoint.id, allow_outbound: true }, 'PATCH');
    return { user: made_.username, domain: made_.realm, password: made_.password };
  };
  await made(`/numbers/${numbers.get(NUMBERS.extension)}`, { trunk_group_id: trunkId, allow_outbound: true }, 'PATCH');
  // A phone has its login in From: one is named like its number, and for the other its number stands in.
  const desk = await user(NUMBERS.desk, 'desk', { default_caller: { e164: NUMBERS.desk } });
  return { desk, mobile: await user(NUMBERS.mobile, NUMBERS.mobile.slice(1)), carrierGroupId: udp.id };
}
