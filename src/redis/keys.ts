import { createHash } from 'node:crypto';
import type { LeaseScope, LeaseScopeKind } from '../domain/lease.ts';
import { kindOf, type RecordKind, type RecordRef, recordRef } from '../domain/records.ts';

/**
 * Every key and channel of Redis and every time to live; nothing else builds one (decision C24). A key starts with the hash
 * tag of one of 64 fixed shards, so the layout can move to Redis Cluster as it is. Things one script touches together share
 * a tag: what belongs to one record, what belongs to one number, what belongs to one agent. Only admission mixes tags.
 */
const SHARDS = 64;

/** What there is once: the plane's marker, the agents, the call log and all sources with their index and counter. */
const COMMON_TAG = '{s00}';

/** FNV-1a over UTF-16 units: stable across versions and machines, and cheap enough for each call. */
function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A text of somebody else as an id: 132 bits of its hash. */
export const remoteId = (text: string): string => hashed(text).slice(1);

/** The hash tag of what `id` names. */
export function shardTag(id: string): string {
  const shard = stableHash(id) % SHARDS;
  return shard < 10 ? `{s0${shard}}` : `{s${shard}}`;
}

/** The hash tag at the front of a key of ours. */
export const tagOf = (key: string): string => key.slice(0, key.indexOf('}') + 1);

const KIND_LETTER: Record<RecordKind, string> = {
  number: 'n',
  endpoint: 'e',
  trunk_group: 'g',
  credential: 'c',
  account: 'a',
  route_set: 'o',
  source: 's',
};

const SCOPE_LETTER: Record<LeaseScopeKind, string> = {
  number: 'n',
  account: 'a',
  trunk_group: 'g',
  outbound_profile: 'p',
  gateway: 'w',
};

const PLAIN_ID = /^[A-Za-z0-9_-]{1,40}$/;
const E164_REF = /^number:(live|test):\+[0-9]{1,15}$/;

/** 132 bits of SHA-256 as text; `#` is no character of a plain id, so hashed and plain names never meet. */
const hashed = (text: string): string => `#${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;

/** An id as part of a key. Whatever is not plainly an id of ours goes in hashed (decision C11: no remote text in keys). */
const idPart = (id: string): string => (PLAIN_ID.test(id) ? id : hashed(id));

function recordName(ref: RecordRef, kind: RecordKind): string {
  const letter = Object.hasOwn(KIND_LETTER, kind) ? KIND_LETTER[kind] : undefined;
  if (letter === undefined) throw new RangeError('not a record reference');
  if (kind === 'number') return E164_REF.test(ref) ? `n:${ref[7] === 'l' ? 'l' : 't'}:${ref.slice(12)}` : `n:${hashed(ref)}`;
  // The username of a credential comes from whoever sends a REGISTER.
  if (kind === 'credential') return `c:${hashed(ref)}`;
  return `${letter}:${idPart(ref.slice(ref.indexOf(':') + 1))}`;
}

const RECORD_KEY = /^\{s[0-9]{2}\}([negcaos]):(.+)$/s;
const KIND_OF_LETTER = new Map(Object.entries(KIND_LETTER).map(([kind, letter]) => [letter, kind as RecordKind]));

/**
 * The reference of the record stored under a key; undefined when the key is none of a record, null when its name cannot be turned
 * back. A credential's name is hashed, so it is taken from the `body` of its value, and counts only if it leads to this key.
 */
export function refOfKey(key: string, body = ''): RecordRef | null | undefined {
  const [, letter = '', name = ''] = RECORD_KEY.exec(key) ?? [];
  const kind = KIND_OF_LETTER.get(letter);
  if (kind === undefined) return undefined;
  const ref = kind === 'credential' ? credentialIn(body) : kind === 'number' ? numberNamed(name) : (`${kind}:${name}` as RecordRef);
  return ref !== null && keys.record(ref) === key ? ref : null;
}

const numberNamed = (name: string): RecordRef => `number:${name.startsWith('l') ? 'live' : 'test'}:${name.slice(2)}` as RecordRef;

function credentialIn(body: string): RecordRef | null {
  try {
    const { u, r } = JSON.parse(body) as Record<string, unknown>;
    return typeof u === 'string' && typeof r === 'string' ? recordRef.credential(r, u) : null;
  } catch {
    return null;
  }
}

/** Key names. Each takes ids or references of ours and returns a whole key. */
export const keys = {
  /** Value of one record: `epoch.version.body`. */
  record(ref: RecordRef): string {
    const kind = kindOf(ref);
    return (kind === 'source' ? COMMON_TAG : shardTag(ref)) + recordName(ref, kind);
  },
  /** Marker of a complete plane; see plane.ts. */
  plane: `${COMMON_TAG}plane`,
  /** Server time in ms at which a plane was marked that may lack last calls; absent once they are known again (decision C4). */
  planeUnsettled: `${COMMON_TAG}plane:unsettled`,
  /** Last beat that Postgres and Redis had together: `epoch.beat.token.ms` (ADR 0009). */
  planeBeat: `${COMMON_TAG}plane:beat`,
  /** Token of the rebuild under way; gone when Redis was emptied meanwhile. */
  planeBuild: `${COMMON_TAG}plane:build`,
  /** Set of agents that confirmed all they were told before one question. */
  confirmed: (token: string): string => `${COMMON_TAG}confirmed:${idPart(token)}`,
  /** Set of references of all live `source` records. */
  sourcesIndex: `${COMMON_TAG}sources`,
  /** Moves with every change of any source. */
  sourcesVersion: `${COMMON_TAG}sources:v`,
  /** Stream of call events not yet in Postgres. */
  callLog: `${COMMON_TAG}calls`,
  /** List of entries that were no call events, newest first. */
  callLogBad: `${COMMON_TAG}calls:bad`,
  /** Hash agent id → last sign of life. */
  agents: `${COMMON_TAG}agents`,
  /** Hash agent id → when its unbroken row of signs of life began, in µs of Redis' clock. */
  agentRuns: `${COMMON_TAG}agents:runs`,
  /** Hash agent id → how long its journal is surely here, and under which marker; see agent-journals.ts. */
  agentJournals: `${COMMON_TAG}agents:journals`,
  /** Marker under which every agent of before was put into `agentJournals`. */
  agentJournalsKnown: `${COMMON_TAG}agents:known`,
  /** Milliseconds by which CLOCK=test is ahead (decision B16). */
  testClock: `${COMMON_TAG}test-clock`,
  /** Counts the processes that heard of the last move of the test clock. */
  testClockHeard: `${COMMON_TAG}test-clock:heard`,
  /** Hash of one number: `l` → last call in ms, call id → who has the call. */
  use: (numberId: string): string => `${shardTag(numberId)}use:${idPart(numberId)}`,
  /** Hash of one limit: call id → `since.agent`, `#agent` → how many of them are that agent's (decision C9). No time to live. */
  lease: ({ kind, id }: LeaseScope): string => `${shardTag(id)}lease:${SCOPE_LETTER[kind]}:${idPart(id)}`,
  /** When the next call of a limit is on time, in microseconds of Redis' clock; expires by itself (decision C9). */
  rate: ({ kind, id }: LeaseScope): string => `${shardTag(id)}rate:${SCOPE_LETTER[kind]}:${idPart(id)}`,
  /** Hash of one limit's minutes of a day, beside its leases; see minutes-script.ts. */
  minutes: ({ kind, id }: LeaseScope): string => `${shardTag(id)}minutes:${SCOPE_LETTER[kind]}:${idPart(id)}`,
  /** Hash call id → product time up to which a call that was closed in its agent's place has counted in those minutes. */
  minutesClosed: ({ kind, id }: LeaseScope): string => `${shardTag(id)}minutes:closed:${SCOPE_LETTER[kind]}:${idPart(id)}`,
  /** Hash of tokens of those who are changing the number's holder; present: its calls are refused (decision C4). */
  freeze: (numberId: string): string => `${shardTag(numberId)}freeze:${idPart(numberId)}`,
  /** Highest count used with a digest nonce (decision C14). */
  nonce: (nonceId: string): string => `${shardTag(nonceId)}nonce:${idPart(nonceId)}`,
  /** Hash contact → where a phone of this login is; expires with its last contact (decision C20). */
  bindings: (credential: RecordRef): string => `${shardTag(credential)}reg:${hashed(credential)}`,
  /** Highest count used with a digest nonce by a REGISTER, whose digests fit nothing else; beside what it changes. */
  registerNonce: (credential: RecordRef, nonceId: string): string => `${shardTag(credential)}reg:nonce:${idPart(nonceId)}`,
  /** Sorted set of all bindings of a shard by when they end; beside what it counts. */
  liveBindings: (credential: RecordRef): string => `${shardTag(credential)}reg:live`,
  /** The same of every shard. */
  allLiveBindings: (): string[] => Array.from({ length: SHARDS }, (_, shard) => `{s${String(shard).padStart(2, '0')}}reg:live`),
  /** The login that registered last from an address, a port and a transport. */
  registeredFrom: (source: string): string => `${shardTag(source)}reg:from:${hashed(source)}`,
  /** Sorted set of the flows of one SIP server by when they need a sign of life (decision C20). */
  flowTimes: (server: string): string => `${shardTag(server)}flows:${hashed(server)}:due`,
  /** Hash of the same flows: until when, and where. */
  flows: (server: string): string => `${shardTag(server)}flows:${hashed(server)}`,
  /** Hash call id → ids of its numbers and what leases it holds, for what an agent leaves behind (decision C11). */
  agentCalls: (agentId: string): string => `${shardTag(agentId)}agent:${idPart(agentId)}:calls`,
  /** Hash call id → SIP server and dialogs of its legs, for whoever ends them when the agent died (decision C9). */
  agentLegs: (agentId: string): string => `${shardTag(agentId)}agent:${idPart(agentId)}:legs`,
  /** Who ends the calls of that dead agent just now. */
  agentLegsClaim: (agentId: string): string => `${shardTag(agentId)}agent:${idPart(agentId)}:legs:claim`,
  /** Set of agents with legs noted. */
  agentsWithLegs: `${COMMON_TAG}agents:legs`,
  /** Hash gateway → what its calls and pings came to. */
  gatewayHealth: `${COMMON_TAG}gateways:health`,
  /** Moves with every change of any of them. */
  gatewayHealthVersion: `${COMMON_TAG}gateways:health:v`,
  /** The agent that pings gateways and registers at them; expires by itself. */
  gatewayLeader: `${COMMON_TAG}gateways:leader`,
  /** Hash gateway → how our registration there stands. */
  gatewayRegistrations: `${COMMON_TAG}gateways:registrations`,
  /** Hash address → ban of SIP sources; ends with its last ban. */
  sipBans: `${COMMON_TAG}sip:bans`,
  /** Moves with every change of `sipBans`. */
  sipBansVersion: `${COMMON_TAG}sip:bans:v`,
  /** Failed SIP logins of one address in this window, as `banAddressOf` writes it. */
  sipFailures: (address: string): string => `${COMMON_TAG}sip:failed:${hashed(address)}`,
  /** Present: somebody logged in there lately; written like `sipFailures`. */
  sipTrusted: (address: string): string => `${COMMON_TAG}sip:trusted:${hashed(address)}`,
  /** Stream of orders to an agent (decision C8). */
  inbox: (agentId: string): string => `${shardTag(agentId)}agent:${idPart(agentId)}:inbox`,
  /** What an agent answered to one order. */
  inboxReply: (agentId: string, replyId: string): string => `${shardTag(agentId)}agent:${idPart(agentId)}:reply:${idPart(replyId)}`,
} as const;

/** Field of `keys.use` that holds the last call; a call id is never one letter. */
export const LAST_CALL_FIELD = 'l';

/** What precedes an agent's id in the field of `keys.lease` that counts its calls; no call id begins so. */
export const AGENT_COUNT_MARK = '#';

/** Channel of invalidations. Channels are not per database, so the name is. */
export const invalidationChannel = (database: number): string => `dialplane:records:${database}`;

/** Channel of moves of the test clock. */
export const testClockChannel = (database: number): string => `dialplane:test-clock:${database}`;

/** Times to live. */
export const ttl = {
  /** Longer than any writer may be asleep with an older version in hand (decision C7). */
  tombstoneMs: 24 * 3_600_000,
  /** Longer than any call; Postgres has the last call seconds after it happened (decision C5). */
  useMs: 7 * 24 * 3_600_000,
  /** A change of holder that crashed lets calls through again after this (decision C4). */
  freezeMs: 10_000,
  /** Longer than a day and any call that runs into it; Postgres has what is needed to count again. */
  minutesMs: 2 * 24 * 3_600_000,
  /** Confirmations that nobody came for. */
  confirmedMs: 10_000,
  /** Calls of an agent that nobody came to close. */
  agentCallsMs: 7 * 24 * 3_600_000,
  /** An agent's inbox after its last order; far longer than any order is wanted. */
  inboxMs: 60_000,
  /** An answer that nobody came for. */
  inboxReplyMs: 30_000,
} as const;

/** Upper bounds of lists kept for people to look at. */
export const listMax = { callLogBad: 1000 } as const;
