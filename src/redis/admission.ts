import type { Redis } from 'ioredis';
import type { Admission, AdmissionReply, AdmissionRequest, LeaseFull, NextTarget } from '../app/ports/routing.ts';
import type { Binding } from '../domain/binding.ts';
import type { CallEvent } from '../domain/call-event.ts';
import { isSameScope, type LeaseScope, type WantedLease } from '../domain/lease.ts';
import type { RecordRef, Versioned } from '../domain/records.ts';
import { ADMIT, UNREADABLE_HEAD } from './admission-script.ts';
import { type AgentCall, encodeAgentCall } from './agent-call.ts';
import { DEAD_AFTER_MS } from './agents.ts';
import { readBindings } from './binding-codec.ts';
import { encodeCallEvent } from './call-event-codec.ts';
import { HeldLeases } from './held-leases.ts';
import { keys, LAST_CALL_FIELD, ttl } from './keys.ts';
import { NEXT_TARGET } from './lease-script.ts';
import { holderText, leasesOf, letGo, runTrip, startMinutes } from './leases.ts';
import { isUndone } from './plane-away.ts';
import { type PlaneMarker, PlaneUnavailable, type PlaneView, requireMarker } from './plane-view.ts';
import { headOf, UNREADABLE_VERSION } from './record-codec.ts';
import { type BadValueListener, interpretValue } from './record-reader.ts';
import { runScript } from './script.ts';
import { BadValue, listOf } from './strict-json.ts';

/** What admission needs. */
export interface AdmissionDeps {
  readonly redis: Redis;
  readonly plane: PlaneView;
  readonly onBadValue: BadValueListener;
  /** What the calls of this process hold; one of its own when nobody else wants to look. */
  readonly held?: HeldLeases;
  /** Leases of an agent silent for this long do not count, in ms of Redis' time. */
  readonly deadAfterMs?: number;
}

// What a decision may reach: NUMBERS_PASSED_MAX and the caller's own, and SIP_USERS_MAX.
const NUMBERS_MAX = 16;
const USERS_MAX = 32;
const RECORDS_MAX = 1024;
const LEASES_MAX = 32;

/**
 * Builds the door every call passes. It throws when Redis does not answer in time (the call may then be counted in or not) and
 * PlaneUnavailable when it holds no complete plane. `admit` belongs right behind the decision, without an await in between:
 * the versions are those of the marker this process knows at that moment.
 */
export function createAdmission(deps: AdmissionDeps): Admission {
  const { redis, held = new HeldLeases(), deadAfterMs = DEAD_AFTER_MS } = deps;
  return {
    async admit(request) {
      const { names, args } = scriptInput(request, deps.plane, deadAfterMs);
      // Noted before it is asked for: whether an answer that got lost said yes is found out at the end of the call.
      if (request.event.type === 'admitted') held.note(request, request.leases);
      const reply = readReply(await runScript(redis, ADMIT, names, args), request, deps);
      if (reply.result !== 'ok') held.forget(request.callId);
      return reply;
    },
    isUndone,
    async nextTarget(next) {
      held.noteMore(next, next.wanted);
      const taken = await takeNext(redis, next, deadAfterMs);
      held.note(next, taken.result === 'ok' ? next.wanted : next.held);
      return taken;
    },
    async append(events) {
      await appendEvents(redis, events);
      // Noted when admission was asked for; a refused call holds nothing and has no end.
      for (const { type, callId } of events) if (type === 'refused') held.forget(callId);
    },
    async end(event, numberIds) {
      const { callId, agentId } = event;
      const leases = held.of(callId) ?? (await leasesOf(redis, agentId, callId));
      await endCall(redis, event, { numberIds, leases });
      held.forget(callId);
    },
  };
}

function scriptInput(request: AdmissionRequest, plane: PlaneView, deadAfterMs: number): { names: string[]; args: (string | number)[] } {
  const { versions, touch, nonce, callId, agentId, event, leases } = request;
  if (touch.length > NUMBERS_MAX || versions.length > RECORDS_MAX || leases.length > LEASES_MAX)
    throw new RangeError('a call rests on too many records');
  if (callId === LAST_CALL_FIELD) throw new RangeError('not a call id');
  const admitted = event.type === 'admitted';
  const epoch = plane.marker?.epoch ?? 0;
  const names = [keys.plane, keys.sourcesVersion, keys.callLog, keys.agentCalls(agentId), keys.nonce(nonce?.id ?? '-'), keys.agents];
  for (const { numberId } of touch) names.push(keys.use(numberId), keys.freeze(numberId));
  const args: (string | number)[] = [
    plane.text,
    request.sourcesVersion ?? '',
    nonce === null ? '' : nonce.count,
    nonce === null ? '' : Math.min(Math.max(Math.ceil(nonce.ttlSeconds), 1), 86_400),
    productTime(request.at),
    callId,
    holderText(request.at, agentId),
    admitted ? (request.evenMoving === true ? '2' : '1') : '0',
    encodeCallEvent(event),
    encodeAgentCall({ numberIds: touch.map(({ numberId }) => numberId), leases }),
    touch.length,
    ttl.useMs,
    ttl.agentCallsMs,
    versions.length,
    leases.length,
    agentId,
    deadAfterMs,
  ];
  for (const { record, version } of versions) {
    names.push(keys.record(record));
    args.push(expectedHead(epoch, version));
  }
  addLeases(leases, names, args);
  const users = admitted ? (request.users ?? []) : [];
  if (users.length > USERS_MAX) throw new RangeError('a call rings too many SIP users');
  for (const { credential } of users) names.push(keys.bindings(credential));
  args.push(users.length);
  return { names, args };
}

/** The wanted leases as the scripts read them: keys, then channels, rate and minutes of each. */
function addLeases(leases: readonly WantedLease[], names: string[], args: (string | number)[]): void {
  for (const lease of leases) {
    names.push(keys.lease(lease));
    if (lease.perSecondMax !== null) names.push(keys.rate(lease));
    const { channelsMax, perSecondMax, minutesPerDayMax = null } = lease;
    if (minutesPerDayMax !== null) names.push(keys.minutes(lease));
    args.push(channelsMax ?? '', perSecondMax ?? '', minutesPerDayMax ?? '');
  }
}

async function takeNext(redis: Redis, next: NextTarget, deadAfterMs: number): Promise<{ readonly result: 'ok' } | LeaseFull> {
  const { callId, agentId, numberIds, since, held, wanted } = next;
  const given = held.filter((scope) => !wanted.some((other) => isSameScope(scope, other)));
  const taken = wanted.filter((scope) => !held.some((other) => isSameScope(scope, other)));
  const names = [keys.agents, keys.agentCalls(agentId), ...given.flatMap((scope) => [keys.lease(scope), keys.minutes(scope)])];
  const entry = encodeAgentCall({ numberIds, leases: wanted });
  const args: (string | number)[] = [callId, agentId, holderText(since, agentId), deadAfterMs, entry, ttl.agentCallsMs];
  // The time of its admission: a call looks for its target for a minute or two, and days are no shorter for that.
  args.push(given.length, taken.length, productTime(since));
  addLeases(taken, names, args);
  const [result, ...rest] = listOf(await runScript(redis, NEXT_TARGET, names, args), 3, 'next target');
  return result === 'ok' ? { result } : readFull(result, rest, taken);
}

/** Which of the wanted leases could not be had. */
function readFull(result: unknown, [index, why]: readonly unknown[], wanted: readonly LeaseScope[]): LeaseFull {
  const scope = wanted[Number(index)];
  if (result !== 'full' || scope === undefined || (why !== 'channels' && why !== 'rate' && why !== 'minutes'))
    throw new BadValue('answer about leases');
  return { result, scope: { kind: scope.kind, id: scope.id }, why };
}

/** The head a record must have, '' for none. */
function expectedHead(epoch: number, version: number): string {
  if (version === UNREADABLE_VERSION) return UNREADABLE_HEAD;
  return version === 0 ? '' : headOf(epoch, version);
}

function productTime(at: number): number {
  if (!Number.isSafeInteger(at) || at < 0) throw new RangeError('product time is whole milliseconds');
  return at;
}

function readReply(reply: unknown, request: AdmissionRequest, deps: AdmissionDeps): AdmissionReply {
  const [result, marker, sourcesChanged, ...found] = Array.isArray(reply) ? (reply as unknown[]) : [];
  switch (result) {
    case 'ok':
      return marker === undefined ? { result } : { result, bindings: bindingsOf(request, marker, [sourcesChanged, ...found]) };
    case 'replay':
    case 'moving':
      return { result };
    case 'stale': {
      const seen = requireMarker(marker);
      const newer = newerRecords(found, request, seen, deps.onBadValue);
      deps.plane.see(seen);
      return { result, newer, sourcesChanged: sourcesChanged === '1' };
    }
    case 'full':
      return readFull(result, [marker, sourcesChanged], request.leases);
    case 'no_plane':
      throw new PlaneUnavailable('missing');
    default:
      throw new Error('admission gave an unknown answer');
  }
}

const bindingsOf = ({ users = [] }: AdmissionRequest, now: unknown, hashes: readonly unknown[]): Binding[][] =>
  users.map(({ login }, at) => readBindings(now, Array.isArray(hashes[at]) ? hashes[at] : [], login));

function newerRecords(found: readonly unknown[], request: AdmissionRequest, marker: PlaneMarker, onBadValue: BadValueListener) {
  const newer = new Map<RecordRef, Versioned>();
  for (let at = 0; at + 1 < found.length; at += 2) {
    const ref = request.versions[Number(found[at])]?.record;
    if (ref !== undefined) newer.set(ref, interpretValue(ref, found[at + 1], marker.epoch, onBadValue));
  }
  return newer;
}

async function appendEvents(redis: Redis, events: readonly CallEvent[]): Promise<void> {
  if (events.length === 0) return;
  const answers = events.flatMap((event) => (event.type === 'answered' ? startMinutes(event.callId, event.minutes ?? [], event.at) : []));
  await runTrip(redis, answers, (pipeline) => {
    for (const event of events) pipeline.xadd(keys.callLog, '*', 'e', encodeCallEvent(event));
  });
}

/**
 * The event first: should the connection break in between, the call's record is complete and the numbers still count as in
 * use, which is the safe side. The agent's own list last: whoever cleans up after the agent then still finds the call.
 */
async function endCall(redis: Redis, event: CallEvent, call: AgentCall): Promise<void> {
  await runTrip(
    redis,
    letGo(event.callId, call, productTime(event.at)),
    (pipeline) => pipeline.xadd(keys.callLog, '*', 'e', encodeCallEvent(event)),
    (pipeline) => pipeline.hdel(keys.agentCalls(event.agentId), event.callId),
  );
}
