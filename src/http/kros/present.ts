import { withRing } from '../../app/endpoints/decide-endpoint.ts';
import type { NumberWithLogin } from '../../app/sip-credentials/read-number-password.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { lifecycleOf, type PhoneNumber } from '../../domain/number.ts';
import { timeText } from '../wire-fields.ts';

/** Where phones register and trunks send: what a number's details tell besides the login. */
export interface SipContact {
  readonly domain: string;
  readonly ip: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
}

/** A number as the stock shows it. */
export const presentInventory = (number: PhoneNumber) => ({
  id: number.id,
  e164: number.e164,
  number: number.e164,
  country: number.country,
  type: number.type,
  region: number.region,
  capabilities: number.capabilities,
  setup_cost_cents: number.setupFeeMinor,
  monthly_cost_cents: number.monthlyFeeMinor,
  currency: number.currency,
});

const STATUS = { active: 'active', suspended: 'inactive', releasing: 'inactive', available: 'inactive', pending: 'pending' } as const;

/** A number as its holder sees it. A trunk group is not an endpoint: `endpoint_id` is null while one routes (decision B9). */
export const presentNumber = (number: PhoneNumber, sipDomain: string) => ({
  ...presentInventory(number),
  status: STATUS[lifecycleOf(number)],
  endpoint_id: number.endpointId,
  allow_inbound: number.allowInbound,
  allow_outbound: number.allowOutbound,
  sip_uri: `sip:${number.e164}@${sipDomain}`,
  organization_id: number.holder?.subAccountId ?? number.holder?.ownerAccountId ?? null,
  // A holder sees its own time with the number, not the platform's (decision B7).
  created_at: timeText(number.purchasedAt ?? number.createdAt),
  updated_at: timeText(number.updatedAt),
});

/** A number with its SIP login, and whether a phone is registered with it now. */
export const presentDetails = ({ number, login }: NumberWithLogin, contact: SipContact, registered: boolean) => ({
  ...presentNumber(number, contact.domain),
  sip_credentials: login === null ? null : presentLogin(login, contact, registered),
});

const presentLogin = ({ credential, password }: NonNullable<NumberWithLogin['login']>, contact: SipContact, registered: boolean) => ({
  ...contact,
  domain: credential.realm,
  username: credential.username,
  password,
  registered,
});

/** An endpoint as its owner sees it. */
export const presentEndpoint = (endpoint: Endpoint) => ({
  id: endpoint.id,
  name: endpoint.name,
  type: endpoint.type,
  url: endpoint.url,
  provider_config: withRing(endpoint.providerConfig, 'q'),
  status: endpoint.status,
  organization_id: endpoint.accountId,
  created_at: timeText(endpoint.createdAt),
  updated_at: timeText(endpoint.updatedAt),
});
