import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Config } from '../config/load-config.ts';
import { webhookPublicKey } from '../config/webhook-key.ts';
import type { ChildStatus } from '../kit/child-process.ts';
import type { ServiceAddresses } from './node-parts.ts';
import type { Secrets } from './secrets.ts';

/** What DATA_DIR/state.json holds (design §8, decision C18). */
export interface State {
  readonly http_url: string | null;
  readonly sip_uri: string | null;
  readonly sip_host: string | null;
  readonly sip_port: number | null;
  readonly admin_api_key: string;
  readonly database_url: string | null;
  readonly redis_url: string;
  readonly drachtio_url: string | null;
  readonly pid: number;
  readonly pids: Readonly<Record<string, number>>;
  readonly roles: readonly string[];
  readonly started_at: string;
  readonly version: string;
  readonly telnyx_public_key: string;
  readonly metrics_urls: Readonly<Record<string, string>>;
  /** How each service was found, for people. */
  readonly services: Readonly<Record<string, string>>;
}

/** An address as a client on this machine reaches it: a wildcard is not an address to call. */
export const reachable = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;

/** A host as URIs write it: IPv6 in brackets. */
export const inUri = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

/** What a state is described from. */
export interface StateFacts {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly startedAt: Date;
  readonly addresses: ServiceAddresses;
  readonly children: Readonly<Record<string, ChildStatus>>;
  /** What each child told when it was ready. */
  readonly infos: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** The content of state.json for a running system. */
export function describeState(facts: StateFacts): State {
  const { config, secrets, addresses, infos } = facts;
  // With SIP servers of somebody else's and no fixed port, only they know where they listen.
  const agent = config.process.roles.includes('agent') && addresses.sipPort !== 0;
  const host = reachable(addresses.sipHost === '0.0.0.0' ? (config.sip.externalAddress ?? addresses.sipHost) : addresses.sipHost);
  const httpUrl = Object.values(infos).find((info) => typeof info.http_url === 'string')?.http_url;
  return {
    http_url: typeof httpUrl === 'string' ? httpUrl : null,
    sip_uri: agent ? `sip:${inUri(host)}:${addresses.sipPort}` : null,
    sip_host: agent ? host : null,
    sip_port: agent ? addresses.sipPort : null,
    admin_api_key: secrets.adminApiKey,
    database_url: addresses.databaseUrl ?? null,
    redis_url: addresses.redisUrl,
    drachtio_url: addresses.drachtioUrl ?? null,
    pid: process.pid,
    pids: pidsOf(facts),
    roles: config.process.roles,
    started_at: facts.startedAt.toISOString(),
    version,
    telnyx_public_key: webhookPublicKey(secrets.sealingKey),
    metrics_urls: textsOf(infos, 'metrics_url'),
    services: textsOf(infos, 'found_as'),
  };
}

function pidsOf({ config, children }: StateFacts): Record<string, number> {
  const pids: Record<string, number> = { supervisor: process.pid };
  for (const [name, { pid }] of Object.entries(children)) {
    if (pid === null) continue;
    // One process plays all roles when PROCESS=single: each name shows its pid.
    for (const key of name === 'roles' ? config.process.roles : [name]) pids[key] = pid;
  }
  return pids;
}

function textsOf(infos: StateFacts['infos'], key: string): Record<string, string> {
  const found = Object.entries(infos).map(([name, info]) => [name, info[key]] as const);
  return Object.fromEntries(found.filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string'));
}
