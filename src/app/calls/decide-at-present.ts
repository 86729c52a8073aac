import { loginMark } from '../../domain/binding.ts';
import type { Connect, Decision, DecisionSettings, Reject } from '../../domain/call.ts';
import type { FullLease, WantedLease } from '../../domain/lease.ts';
import { withoutUnregistered } from '../../domain/without-unregistered.ts';
import type { Bindings } from '../ports/bindings.ts';
import type { LeaseBook, MinuteBook } from '../ports/limits.ts';
import type { RegisteredSenders } from '../ports/registered-senders.ts';
import type { AgentRegistry, RecordReader } from '../ports/routing.ts';
import { firstLeases } from './call-leases.ts';
import { type AskedCall, decideOnRecords } from './decide-on-records.ts';

/** What calls meet beside the records at this moment; everything here only reads, and throws while Redis is away. */
export interface PresentState {
  readonly senders: Pick<RegisteredSenders, 'find'>;
  readonly bindings: Pick<Bindings, 'read'>;
  readonly leases: Pick<LeaseBook, 'inUse'>;
  readonly minutes: Pick<MinuteBook, 'used'>;
  readonly agents: Pick<AgentRegistry, 'list'>;
}

/** What a call on the wire meets and explaining one that nobody placed does not look at. */
export const NOT_CHECKED = ['limits', 'registrations', 'rates', 'number_moves', 'agents', 'webhooks'] as const;

/** One of them. */
export type NotChecked = (typeof NOT_CHECKED)[number];

/**
 * Calls per second, holders that change, what one agent alone knows (draining, full, crowded groups) and what webhooks would say: these
 * are of one moment or one agent, or asking changes something.
 */
export const NEVER_CHECKED: readonly NotChecked[] = ['rates', 'number_moves', 'agents', 'webhooks'];

const MINUTE_MS = 60_000;
// As many as a call on the wire may meet.
const FULLS_MAX = 11;

/** A call that nobody placed, as the wire would find it now: limits in use are full, and phones that are gone are not rung. */
export async function decideAtPresent(
  call: AskedCall,
  reader: Pick<RecordReader, 'read'>,
  settings: DecisionSettings,
  now: PresentState,
): Promise<Decision> {
  const agentIds = (await now.agents.list()).flatMap(({ id, alive }) => (alive ? [id] : []));
  for (let full: readonly FullLease[] = []; ; ) {
    const request = full.length === 0 ? call.request : { ...call.request, full };
    const [decision] = await decideOnRecords([{ ...call, request }], reader, settings);
    if (decision === undefined) throw new Error('a call without a decision');
    if (decision.outcome !== 'connect') return decision;
    const found = full.length < FULLS_MAX ? await firstFull(decision, call.request.at, agentIds, now) : null;
    if (found === null) return await amongRegistered(decision, reader, now);
    full = [...full, found];
  }
}

/** The first lease that admission would not give, in its order; it takes none. */
async function firstFull(decision: Connect, at: number, agentIds: readonly string[], now: PresentState): Promise<FullLease | null> {
  for (const lease of firstLeases(decision)) {
    const why = await whyFull(lease, at, agentIds, now);
    if (why !== null) return { kind: lease.kind, id: lease.id, why };
  }
  return null;
}

async function whyFull(lease: WantedLease, at: number, agentIds: readonly string[], now: PresentState): Promise<FullLease['why'] | null> {
  const { channelsMax, minutesPerDayMax = null } = lease;
  if (channelsMax !== null && (await now.leases.inUse(lease, agentIds)) >= channelsMax) return 'channels';
  if (minutesPerDayMax !== null && (await now.minutes.used(lease, at)) >= minutesPerDayMax * MINUTE_MS) return 'minutes';
  return null;
}

async function amongRegistered(decision: Connect, reader: Pick<RecordReader, 'read'>, now: PresentState): Promise<Connect | Reject> {
  const users = new Set(decision.candidates.flatMap(({ chosen, user }) => (chosen && user !== undefined ? [user] : [])));
  if (users.size === 0) return decision;
  const records = await reader.read([...users]);
  // Bindings of another password are not theirs.
  const logins = [...users].flatMap((credential) => {
    const record = records.get(credential)?.record;
    return record?.kind === 'credential' ? [{ credential, login: loginMark(record) }] : [];
  });
  const bindings = await now.bindings.read(logins);
  const registered = new Set(logins.flatMap(({ credential }, index) => (bindings[index]?.length ? [credential] : [])));
  return withoutUnregistered(decision, (user) => registered.has(user));
}
