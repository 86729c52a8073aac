import { z } from 'zod';
import type { TrunkPartFilter } from '../../app/ports/trunk-parts.ts';
import { parseIp } from '../../domain/ip-address.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { textField } from '../wire-fields.ts';
import { extIdField } from './connection-fields.ts';
import { enumText } from './filters.ts';

const PORT_DEFAULT = 5060;
const port = () => z.int().min(1).max(65_535);
const hostName = () =>
  z
    .string()
    .regex(
      /^(?=.{1,253}$)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.[A-Za-z][A-Za-z0-9-]{0,62}$/,
      'Must be a fully qualified domain name.',
    );
const dnsType = () => enumText(['a', 'srv']);
const connectionId = () => extIdField().nullable().optional();

/** What is called differently of the two sorts of things that a connection is made of. */
export interface PartWords<B> {
  readonly kind: TrunkPart['kind'];
  readonly path: string;
  readonly one: string;
  readonly many: string;
  readonly tag: string;
  readonly field: string;
  readonly createBody: z.ZodType<B>;
  readonly updateBody: z.ZodType<Partial<B>>;
  readonly filter: Pick<TrunkPartFilter, 'isTarget' | 'isName'>;
  readonly schema: z.ZodType;
  /** What the body makes of a part, given what it was. */
  readonly valueOf: (body: Partial<B>, before: TrunkPart | null) => Pick<TrunkPart, 'value'> & Partial<Pick<TrunkPart, 'port'>>;
  readonly present: (part: TrunkPart) => object;
}

/** What every body of theirs may have. */
export interface WithConnection {
  readonly connection_id?: string | null | undefined;
}

const ipSchema = z.object({
  id: z.string(),
  record_type: z.literal('ip'),
  ip_address: z.string(),
  port: z.int(),
  connection_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

const address = () => textField(45).refine((text) => parseIp(text) !== null, 'Must be an IP address.');
const ipFields = { ip_address: address(), port: port().optional(), connection_id: connectionId() };
type IpBody = z.output<ReturnType<typeof z.object<typeof ipFields>>>;

/** Addresses of IP connections. */
export const IPS: PartWords<IpBody> = {
  kind: 'address',
  path: '/ips',
  one: 'Ip',
  many: 'Ips',
  tag: 'IPs',
  field: 'ip_address',
  createBody: z.object(ipFields),
  updateBody: z.object({ ...ipFields, ip_address: address().optional() }) as z.ZodType<Partial<IpBody>>,
  filter: { isTarget: true },
  schema: ipSchema,
  // Calls come from there, and go there.
  valueOf: (body, before) => ({ value: body.ip_address ?? before?.value ?? '', port: body.port ?? before?.port ?? PORT_DEFAULT }),
  present: (part) => ({ record_type: 'ip', ip_address: part.value, port: part.port ?? PORT_DEFAULT }),
};

const fqdnSchema = z.object({
  id: z.string(),
  record_type: z.literal('fqdn'),
  fqdn: z.string(),
  port: z.int().nullable(),
  dns_record_type: z.string(),
  connection_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

const fqdnFields = { fqdn: hostName(), dns_record_type: dnsType(), port: port().nullable().optional(), connection_id: connectionId() };
type FqdnBody = z.output<ReturnType<typeof z.object<typeof fqdnFields>>>;

/** A URI without a port is looked up as a service (RFC 3263 §4.2). */
const partsOfUri = (uri: string): { readonly host: string; readonly port: number | null } => {
  const [, host = '', digits] = /^sips?:(?:[^@]*@)?([^:;]+)(?::([0-9]+))?/.exec(uri) ?? [];
  return { host, port: digits === undefined ? null : Number(digits) };
};

/** Host names of FQDN connections. */
export const FQDNS: PartWords<FqdnBody> = {
  kind: 'uri',
  path: '/fqdns',
  one: 'Fqdn',
  many: 'Fqdns',
  tag: 'FQDNs',
  field: 'fqdn',
  createBody: z.object(fqdnFields),
  updateBody: z.object({
    ...fqdnFields,
    fqdn: hostName().optional(),
    dns_record_type: dnsType().optional(),
  }) as z.ZodType<Partial<FqdnBody>>,
  filter: { isName: true },
  schema: fqdnSchema,
  valueOf(body, before) {
    const had = before === null ? { host: '', port: PORT_DEFAULT } : partsOfUri(before.value);
    const isService = body.dns_record_type === undefined ? had.port === null : body.dns_record_type === 'srv';
    const host = body.fqdn ?? had.host;
    return { value: isService ? `sip:${host}` : `sip:${host}:${body.port ?? had.port ?? PORT_DEFAULT}` };
  },
  present(part) {
    const { host, port: known } = partsOfUri(part.value);
    return { record_type: 'fqdn', fqdn: host, port: known, dns_record_type: known === null ? 'srv' : 'a' };
  },
};
