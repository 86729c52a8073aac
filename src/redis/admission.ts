import type { Redis } from 'ioredis';
import type { Admission, AdmissionReply, AdmissionRequest } from '../app/ports/routing.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { RecordRef, Versioned } from '../domain/records.ts';
import { ADMIT, RELEASE, UNREADABLE_HEAD } from './admission-script.ts';
import { encodeCallEvent } from './call-event-codec.ts';
import { keys, LAST_CALL_FIELD, ttl } from './keys.ts';
import { type PlaneMarker, PlaneUnavailable, type PlaneView, requireMarker } from './plane-view.ts';
import { headOf, UNREADABLE_VERSION } from './record-codec.ts';
import { type BadValueListener, interpretValue } from './record-reader.ts';
import { isUnknownScript, runScript } from './script.ts';

/** What admission needs. */
export interface AdmissionDeps {
  readonly redis: Redis;
  readonly plane: PlaneView;
  readonly onBadValue: BadValueListener;
}

const NUMBERS_MAX = 8;
const RECORDS_MAX = 256;

/**
 * Builds the door every call passes. It throws when Redis does not answer in time (the call may then be counted in or not) and
 * PlaneUnavailable when it holds no complete plane. `admit` belongs right behind the decision, without an await in between:
 * the versions are those of the marker this process knows at that moment.
 */
export function createAdmission(deps: AdmissionDeps): Admission {
  const { redis } = deps;
  return {
    async admit(request) {
      const { names, args } = scriptInput(request, deps.plane);
      return readReply(await runScript(redis, ADMIT, names, args), request, deps);
    },
    append: (events) => appendEvents(redis, events),
    end: (event, numberIds) => endCall(redis, event, numberIds),
  };
}

function scriptInput(request: AdmissionRequest, plane: PlaneView): { names: string[]; args: (string | number)[] } {
  const { versions, touch, nonce, callId, agentId, event } = request;
  if (touch.length > NUMBERS_MAX || versions.length > RECORDS_MAX) throw new RangeError('a call rests on too many records');
  if (callId === LAST_CALL_FIELD) throw new RangeError('not a call id');
  const admitted = event.type === 'admitted';
  const epoch = plane.marker?.epoch ?? 0;
  const names = [keys.plane, keys.sourcesVersion, keys.callLog, keys.agentCalls(agentId), keys.nonce(nonce?.id ?? '-')];
  for (const { numberId } of touch) names.push(keys.use(numberId), keys.freeze(numberId));
  const args: (string | number)[] = [
    plane.text,
    request.sourcesVersion ?? '',
    nonce === null ? '' : nonce.count,
    nonce === null ? '' : Math.min(Math.max(Math.ceil(nonce.ttlSeconds), 1), 86_400),
    productTime(request.at),
    callId,
    holderText(request.at, agentId),
    admitted ? '1' : '0',
    encodeCallEvent(event),
    JSON.stringify(touch.map(({ numberId }) => numberId)),
    touch.length,
    ttl.useMs,
    ttl.agentCallsMs,
  ];
  for (const { record, version } of versions) {
    names.push(keys.record(record));
    args.push(expectedHead(epoch, version));
  }
  return { names, args };
}

/** What a call leaves in the use of its numbers. */
const holderText = (at: number, agentId: string): string => `${at}.${agentId}`;

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
    case 'replay':
    case 'moving':
      return { result };
    case 'stale': {
      const seen = requireMarker(marker);
      const newer = newerRecords(found, request, seen, deps.onBadValue);
      deps.plane.see(seen);
      return { result, newer, sourcesChanged: sourcesChanged === '1' };
    }
    case 'no_plane':
      throw new PlaneUnavailable('missing');
    default:
      throw new Error('admission gave an unknown answer');
  }
}

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
  const pipeline = redis.pipeline();
  for (const event of events) pipeline.xadd(keys.callLog, '*', 'e', encodeCallEvent(event));
  throwFirst(await pipeline.exec());
}

/**
 * The event first: should the connection break in between, the call's record is complete and the numbers still count as in
 * use, which is the safe side. The agent's own list last: whoever cleans up after the agent then still finds the call.
 */
async function endCall(redis: Redis, event: CallEvent, numberIds: readonly string[]): Promise<void> {
  const at = productTime(event.at);
  const send = async () => {
    const pipeline = redis.pipeline().xadd(keys.callLog, '*', 'e', encodeCallEvent(event));
    for (const numberId of numberIds) pipeline.evalsha(RELEASE.sha, 1, keys.use(numberId), event.callId, at, ttl.useMs);
    return pipeline.hdel(keys.agentCalls(event.agentId), event.callId).exec();
  };
  const replies = await send();
  throwFirst(replies?.filter(([error]) => !isUnknownScript(error)) ?? null);
  if (replies?.some(([error]) => isUnknownScript(error)) !== true) return;
  for (const numberId of numberIds) await runScript(redis, RELEASE, [keys.use(numberId)], [event.callId, at, ttl.useMs]);
}

function throwFirst(replies: [Error | null, unknown][] | null): void {
  if (replies === null) throw new Error('Redis gave no answer to a pipeline');
  for (const [error] of replies) if (error !== null) throw error;
}
