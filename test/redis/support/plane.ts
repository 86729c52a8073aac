import type { AdmissionRequest } from '../../../src/app/ports/routing.ts';
import type { AdmittedEvent } from '../../../src/domain/call-event.ts';
import { type NumberRecord, type RecordRef, type RecordVersion, recordRef, type SourceRecord } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createAdmission } from '../../../src/redis/admission.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { createRoutingPlane } from '../../../src/redis/plane.ts';
import { PlaneView } from '../../../src/redis/plane-view.ts';
import { createRecordReader } from '../../../src/redis/record-reader.ts';
import { createRecordWriter } from '../../../src/redis/record-writer.ts';

/** The adapter on one connection, and the bad values it met. */
export async function openPlane(url: string) {
  const redis = await connectRedis({ url, name: 'test', log: silentLogger, commandTimeoutMs: 5000 });
  const view = new PlaneView();
  const bad: string[] = [];
  const deps = { redis, plane: view, onBadValue: (where: string, reason: string) => bad.push(`${where}: ${reason}`) };
  return {
    redis,
    view,
    bad,
    deps,
    writer: createRecordWriter({ redis }),
    reader: createRecordReader(deps),
    admission: createAdmission(deps),
    plane: createRoutingPlane(redis),
    close: () => closeRedis(redis),
  };
}

export type OpenPlane = Awaited<ReturnType<typeof openPlane>>;

/** Empties the database and marks an empty plane. */
export async function freshPlane(one: OpenPlane, epoch = 1): Promise<void> {
  await one.redis.flushdb();
  await one.plane.markPlane(epoch);
  await one.reader.read([]);
}

export function numberRecord(changes: Partial<NumberRecord> = {}): NumberRecord {
  return {
    kind: 'number',
    id: newId(),
    e164: '+442071838750',
    mode: 'live',
    ownerAccountId: newId(),
    subAccountId: null,
    lifecycle: 'active',
    suspendedBy: [],
    allowInbound: true,
    allowOutbound: false,
    endpointId: newId(),
    trunkGroupId: null,
    ...changes,
  };
}

export const sourceRecord = (trunkGroupId: string, acl: readonly string[]): SourceRecord => ({
  kind: 'source',
  trunkGroupId,
  groupKind: 'carrier',
  accountId: null,
  mode: 'live',
  acl,
});

export const refOfNumber = (record: NumberRecord): RecordRef => recordRef.number(record.mode, record.e164);

export function admittedEvent(changes: Partial<AdmittedEvent> = {}): AdmittedEvent {
  return {
    type: 'admitted',
    callId: newId(),
    seq: 0,
    agentId: 'agent-1',
    at: 1_700_000_000_000,
    parties: {
      direction: 'inbound',
      mode: 'live',
      called: '+442071838750',
      caller: '+15550100',
      numberId: newId(),
      accountId: newId(),
      subAccountId: null,
      identifiedBy: { kind: 'trunk_group', id: newId() },
    },
    origin: { sipCallId: 'abc@example', sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
    versions: [],
    decisionInput: '{}',
    leases: [{ kind: 'account', id: newId() }],
    ...changes,
  };
}

export function admissionRequest(
  versions: readonly RecordVersion[],
  numberIds: readonly string[] = [],
  changes: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const event = changes.event ?? admittedEvent({ versions });
  return {
    callId: event.callId,
    agentId: event.agentId,
    versions,
    sourcesVersion: null,
    nonce: null,
    touch: numberIds.map((numberId) => ({ numberId })),
    leases: [],
    at: event.at,
    event,
    ...changes,
  };
}

/** Random whole numbers below `below` from a printed seed (mulberry32). */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
