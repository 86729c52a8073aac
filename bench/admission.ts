import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Admission, AdmissionRequest, RecordWrite } from '../src/app/ports/routing.ts';
import type { WantedLease } from '../src/domain/lease.ts';
import { type NumberRecord, type RecordVersion, recordRef } from '../src/domain/records.ts';
import { newId } from '../src/kit/ids.ts';
import { silentLogger } from '../src/kit/log.ts';
import { startRedis } from '../src/local/redis.ts';
import { createAdmission } from '../src/redis/admission.ts';
import { closeRedis, connectRedis } from '../src/redis/client.ts';
import { keys } from '../src/redis/keys.ts';
import { createRoutingPlane } from '../src/redis/plane.ts';
import { PlaneView } from '../src/redis/plane-view.ts';
import { createRecordReader } from '../src/redis/record-reader.ts';
import { createRecordWriter } from '../src/redis/record-writer.ts';
import type { Suite } from './suite.ts';
import { fixed, type Table } from './table.ts';

/** Figures of one table size; times in µs. */
export interface AdmissionFigures {
  readonly numbers: number;
  readonly writesPerSecond: number;
  readonly bytesPerNumber: number;
  readonly admitUsecPerCall: number;
  readonly endUsecPerCall: number;
  readonly roundTripP50Us: number;
  readonly roundTripP99Us: number;
}

const SIZES = [10_000, 1_000_000];
/** Decision C25. */
export const ADMIT_USEC_MAX = 100;
export const BYTES_MAX = 250;
const CALLS = 20_000;
const OPEN_CALLS = 16;
const BATCH = 2000;
/** Numbers that get calls: ids of ten million would fill the memory of this process. */
const CALLED_MAX = 100_000;

/** Admission on a Redis of its own with 10 k and 1 M owned numbers: Redis CPU by commandstats, the client's round trip, memory. */
export const benchAdmission: Suite = async ({ progress, numbers }) => {
  const figures = await measureAdmission(numbers ?? SIZES, progress);
  return {
    title: 'Admission: Redis CPU per call and memory per number',
    tables: [admissionTable(figures)],
    figures: { sizes: figures },
    notes: [
      `every call holds four leases, each with a channel and a rate limit`,
      `targets: admission at most ${ADMIT_USEC_MAX} µs of Redis at every size, at most ${BYTES_MAX} bytes per number (decision C25)`,
    ],
    ok: figures.every((one) => one.admitUsecPerCall <= ADMIT_USEC_MAX && one.bytesPerNumber <= BYTES_MAX),
  };
};

/** Fills a Redis of its own with each number of numbers in turn and measures admission there. */
export async function measureAdmission(sizes: readonly number[], progress: (line: string) => void): Promise<AdmissionFigures[]> {
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-bench-'));
  const server = await startRedis({ dataDir: join(dir, 'redis'), durable: false, log: silentLogger });
  const redis = await connectRedis({ url: server.url, name: 'bench', log: silentLogger, commandTimeoutMs: 10_000 });
  const figures: AdmissionFigures[] = [];
  try {
    for (const size of sizes) {
      progress(`admission with ${size} numbers`);
      figures.push(await benchOne(redis, size));
    }
    return figures;
  } finally {
    await closeRedis(redis);
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The figures of each size in a row. */
export const admissionTable = (figures: readonly AdmissionFigures[]): Table => ({
  columns: ['numbers', 'admit µs', 'end µs', 'round trip p50 µs', 'p99 µs', 'bytes/number', 'writes/s'],
  rows: figures.map((one) => [
    String(one.numbers),
    fixed(one.admitUsecPerCall, 1),
    fixed(one.endUsecPerCall, 1),
    fixed(one.roundTripP50Us, 0),
    fixed(one.roundTripP99Us, 0),
    fixed(one.bytesPerNumber, 0),
    String(one.writesPerSecond),
  ]),
});

/** A number that gets calls. */
interface Called {
  readonly id: string;
  readonly e164: string;
}

const e164At = (index: number): string => `+4420${String(10_000_000 + index)}`;
const endpointId = newId();
const accountId = newId();
const groupId = newId();
const gatewayId = newId();

function numberAt(index: number): NumberRecord {
  return {
    kind: 'number',
    id: newId(),
    e164: e164At(index),
    mode: 'live',
    ownerAccountId: accountId,
    subAccountId: index % 2 === 0 ? newId() : null,
    lifecycle: 'active',
    suspendedBy: [],
    allowInbound: true,
    allowOutbound: index % 3 === 0,
    endpointId,
    trunkGroupId: null,
  };
}

async function benchOne(redis: Redis, numbers: number): Promise<AdmissionFigures> {
  await redis.flushall();
  const view = new PlaneView();
  const onBadValue = (where: string) => {
    throw new Error(`bad value in ${where}`);
  };
  await createRoutingPlane(redis).markPlane(1);
  await createRecordReader({ redis, plane: view, onBadValue }).read([]);
  const { called, writesPerSecond, bytesPerNumber } = await fill(redis, numbers);
  const admission = createAdmission({ redis, plane: view, onBadValue });
  await run(admission, called, 2000, OPEN_CALLS);
  await redis.config('RESETSTAT');
  const requests = await run(admission, called, CALLS, OPEN_CALLS);
  const admitUsecPerCall = (await usecOf(redis, 'evalsha')) / CALLS;
  await redis.config('RESETSTAT');
  for (const { event, touch } of requests.requests) {
    const { callId, agentId, at } = event;
    const ended = {
      type: 'ended',
      callId,
      seq: 1,
      agentId,
      at,
      outcome: 'completed',
      sipStatus: 200,
      code: null,
      endedBy: 'caller',
    } as const;
    await admission.end(
      ended,
      touch.map(({ numberId }) => numberId),
    );
  }
  // The end of a call is a script for its number and one for each other lease.
  const endUsec = (await usecOf(redis, 'evalsha')) + (await usecOf(redis, 'xadd')) + (await usecOf(redis, 'hdel'));
  const endUsecPerCall = endUsec / requests.requests.length;
  await redis.del(keys.callLog);
  const { timesUs } = await run(admission, called, 3000, 1);
  timesUs.sort((a, b) => a - b);
  const quantile = (part: number) => Math.round(timesUs[Math.floor(timesUs.length * part)] ?? 0);
  return {
    numbers,
    writesPerSecond,
    bytesPerNumber,
    admitUsecPerCall,
    endUsecPerCall,
    roundTripP50Us: quantile(0.5),
    roundTripP99Us: quantile(0.99),
  };
}

async function fill(redis: Redis, numbers: number) {
  const writer = createRecordWriter({ redis });
  await writer.apply(1, [
    { ref: recordRef.endpoint(endpointId), version: 1, record: null },
    { ref: recordRef.account(accountId), version: 1, record: null },
    { ref: recordRef.trunkGroup(groupId), version: 1, record: null },
  ]);
  const before = await usedMemory(redis);
  const called: Called[] = [];
  const every = Math.ceil(numbers / CALLED_MAX);
  const startedAt = performance.now();
  for (let at = 0; at < numbers; at += BATCH) {
    const writes: RecordWrite[] = [];
    for (let index = at; index < Math.min(at + BATCH, numbers); index += 1) {
      const record = numberAt(index);
      if (index % every === 0) called.push({ id: record.id, e164: record.e164 });
      writes.push({ ref: recordRef.number('live', record.e164), version: 1, record });
    }
    await writer.apply(1, writes);
  }
  const writesPerSecond = Math.round((numbers / (performance.now() - startedAt)) * 1000);
  return { called, writesPerSecond, bytesPerNumber: ((await usedMemory(redis)) - before) / numbers };
}

async function run(admission: Admission, called: readonly Called[], calls: number, openCalls: number) {
  const requests: AdmissionRequest[] = [];
  const timesUs: number[] = [];
  let started = 0;
  const caller = async () => {
    while (started < calls) {
      started += 1;
      const request = requestFor(called[Math.floor(Math.random() * called.length)] as Called);
      const startedAt = performance.now();
      const reply = await admission.admit(request);
      timesUs.push((performance.now() - startedAt) * 1000);
      if (reply.result !== 'ok') throw new Error(`admission answered ${reply.result}`);
      requests.push(request);
    }
  };
  await Promise.all(Array.from({ length: openCalls }, caller));
  return { requests, timesUs };
}

/** Far above what is open at a time: every limit is checked and none is full. */
const LIMITS = { channelsMax: 1_000_000, perSecondMax: 100_000 };

/** A call as it is: five records, one touched number, four leases with both limits, an event of some 1.5 KB. */
function requestFor({ id: numberId, e164 }: Called): AdmissionRequest {
  const versions: RecordVersion[] = [
    { record: recordRef.number('live', e164), version: 1 },
    { record: recordRef.account(accountId), version: 1 },
    { record: recordRef.endpoint(endpointId), version: 1 },
    { record: recordRef.trunkGroup(groupId), version: 1 },
    { record: recordRef.routeSet('platform'), version: 0 },
  ];
  const [callId, agentId, at] = [newId(), 'bench-agent', Date.now()];
  const leases: WantedLease[] = [
    { kind: 'number', id: numberId, ...LIMITS },
    { kind: 'account', id: accountId, ...LIMITS },
    { kind: 'trunk_group', id: groupId, ...LIMITS },
    { kind: 'gateway', id: gatewayId, ...LIMITS },
  ];
  const event = {
    type: 'admitted',
    callId,
    seq: 0,
    agentId,
    at,
    parties: {
      direction: 'inbound',
      mode: 'live',
      called: e164,
      caller: '+15550100',
      numberId,
      accountId,
      subAccountId: null,
      identifiedBy: { kind: 'trunk_group', id: groupId },
    },
    origin: { sipCallId: `${callId}@192.0.2.1`, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
    versions,
    decisionInput: 'x'.repeat(500),
    leases,
  } as const;
  return { callId, agentId, versions, sourcesVersion: 0, nonce: null, touch: [{ numberId }], leases, at, event };
}

/** Redis' time in a command since the figures were reset. */
async function usecOf(redis: Redis, command: string): Promise<number> {
  const line = (await redis.info('commandstats')).split('\n').find((one) => one.startsWith(`cmdstat_${command}:`)) ?? '';
  return Number(/usec=([0-9]+)/.exec(line)?.[1] ?? Number.NaN);
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:([0-9]+)/.exec(await redis.info('memory'))?.[1] ?? Number.NaN);
}
