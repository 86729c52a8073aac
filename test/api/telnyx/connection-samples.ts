import { newId } from '../../../src/kit/ids.ts';
import type { ApiHarness, TestAccount } from '../../support/api-harness.ts';

type Api = Pick<ApiHarness, 'call'>;
type Sample = readonly [path: string, body?: unknown];

const userName = () => `u${newId().replaceAll('-', '')}`;
let octets = 0;
/** An address that no other sample has. */
export const anAddress = (): string => {
  octets += 1;
  return `10.55.${Math.floor(octets / 250)}.${(octets % 250) + 1}`;
};

/** What makes one of each thing that hangs on an id. */
const CREATES: Readonly<Record<string, () => object>> = {
  '/v2/credential_connections': () => ({ connection_name: 'PBX', user_name: userName(), password: 'long-enough' }),
  '/v2/ip_connections': () => ({ connection_name: 'PBX' }),
  '/v2/fqdn_connections': () => ({ connection_name: 'PBX' }),
  '/v2/ips': () => ({ ip_address: anAddress() }),
  '/v2/fqdns': () => ({ fqdn: 'pbx.example.com', dns_record_type: 'a' }),
  '/v2/outbound_voice_profiles': () => ({ name: 'Profile' }),
};

const NAMES: readonly (readonly [one: string, path: string, patch: object])[] = [
  ['CredentialConnection', '/v2/credential_connections', { connection_name: 'Other' }],
  ['IpConnection', '/v2/ip_connections', { connection_name: 'Other' }],
  ['FqdnConnection', '/v2/fqdn_connections', { connection_name: 'Other' }],
  ['Ip', '/v2/ips', { port: 5090 }],
  ['Fqdn', '/v2/fqdns', { port: 5090 }],
  ['OutboundVoiceProfile', '/v2/outbound_voice_profiles', { name: 'Other' }],
];

/** A new thing of `account` below a path. */
async function made(api: Api, { key }: TestAccount, path: string): Promise<string> {
  const answer = await api.call('POST', path, { key, body: CREATES[path]?.() });
  if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
  return answer.body.data.id;
}

const aCredentialOf = async (api: Api, account: TestAccount): Promise<string> => {
  const body = { connection_id: await made(api, account, '/v2/ip_connections') };
  return (await api.call('POST', '/v2/telephony_credentials', { key: account.key, body })).body.data.id;
};

/** A thing of `account` for each operation of connections that takes an id. */
export function connectionIds(api: Api): Readonly<Record<string, (account: TestAccount) => Promise<string>>> {
  const credential = (account: TestAccount) => aCredentialOf(api, account);
  const login = (account: TestAccount) => made(api, account, '/v2/credential_connections');
  return {
    ...Object.fromEntries(
      NAMES.flatMap(([one, path]) =>
        ['retrieve', 'update', 'delete'].map((verb) => [`${verb}${one}`, (account: TestAccount) => made(api, account, path)]),
      ),
    ),
    retrieveConnection: login,
    listConnectionActiveCalls: login,
    checkRegistrationStatus: login,
    retrieveTelephonyCredential: credential,
    updateTelephonyCredential: credential,
    deleteTelephonyCredential: credential,
  };
}

/** Bodies of the changes among them. */
export const CONNECTION_BODIES: Readonly<Record<string, () => unknown>> = {
  ...Object.fromEntries(NAMES.map(([one, , patch]) => [`update${one}`, () => patch])),
  updateTelephonyCredential: () => ({ name: newId() }),
};

/** A request for each operation of connections that changes something. */
export function connectionChanges(api: Api, account: TestAccount): Readonly<Record<string, () => Promise<Sample>>> {
  const credential = async () => `/v2/telephony_credentials/${await aCredentialOf(api, account)}`;
  return {
    ...Object.fromEntries(
      NAMES.flatMap(([one, path, patch]) => [
        [`create${one}`, async (): Promise<Sample> => [path, CREATES[path]?.()]],
        [`update${one}`, async (): Promise<Sample> => [`${path}/${await made(api, account, path)}`, patch]],
        [`delete${one}`, async (): Promise<Sample> => [`${path}/${await made(api, account, path)}`]],
      ]),
    ),
    createTelephonyCredential: async () => ['/v2/telephony_credentials', { connection_id: await made(api, account, '/v2/ip_connections') }],
    updateTelephonyCredential: async () => [await credential(), { name: 'Other' }],
    deleteTelephonyCredential: async () => [await credential()],
    checkRegistrationStatus: async () => [
      `/v2/credential_connections/${await made(api, account, '/v2/credential_connections')}/actions/check_registration_status`,
      {},
    ],
  };
}
