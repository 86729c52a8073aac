import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WantedLease } from '../../src/domain/lease.ts';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { ADMIT } from '../../src/redis/admission-script.ts';
import { createAgentInbox } from '../../src/redis/agent-inbox.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { createLegStore, FORGET_LEGS } from '../../src/redis/call-legs.ts';
import { CLOSE_CALL } from '../../src/redis/close-call-script.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { NEXT_TARGET } from '../../src/redis/lease-script.ts';
import { assertLeases } from '../../src/redis/leases.ts';
import { createLostCalls } from '../../src/redis/lost-calls.ts';
import { createMinuteBook } from '../../src/redis/minute-book.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { admissionRequest, admittedEvent, numberRecord, type OpenPlane, openPlane, refOfNumber, sourceRecord } from './support/plane.ts';
import { until } from './support/until.ts';

let server: TestRedisServer;
let one: OpenPlane;

beforeAll(async () => {
  server = await startTestRedis();
  one = await openPlane(server.url);
});
afterAll(async () => {
  await one.close();
  await server.close();
});

/** Every operation of the adapter that runs a script. */
async function runEverything(): Promise<void> {
  await one.plane.markPlane(1);
  const records = Array.from({ length: 20 }, (_, index) => numberRecord({ e164: `+44207183${1000 + index}` }));
  await one.writer.apply(1, [
    ...records.map((record) => ({ ref: refOfNumber(record), version: 1, record })),
    { ref: recordRef.source('g1'), version: 1, record: sourceRecord('g1', ['192.0.2.1']) },
    { ref: recordRef.source('g2'), version: 1, record: null },
  ]);
  await one.reader.readSources();
  const numberIds = [newId(), newId()];
  const event = admittedEvent();
  const versions = records.map((record) => ({ record: refOfNumber(record), version: 1 }));
  const nonce = { id: 'n', count: 1, ttlSeconds: 10 };
  const [account, gateway] = [newId(), newId()].map((id) => ({ kind: 'account' as const, id, channelsMax: 5, perSecondMax: 5 })) as [
    WantedLease,
    WantedLease,
  ];
  const leases = [{ ...account, minutesPerDayMax: 5 }];
  expect(await one.admission.admit(admissionRequest(versions, numberIds, { event, nonce, leases }))).toEqual({ result: 'ok' });
  const { callId, agentId, at } = event;
  const next = { callId, agentId, numberIds, since: at, held: leases, wanted: [gateway] };
  expect(await one.admission.nextTarget(next)).toEqual({ result: 'ok' });
  await assertLeases(one.redis, [{ callId, agentId, numberIds, since: at, leases, minutes: { since: at, scopes: leases } }]);
  await createMinuteBook(one.redis).check(account, at, 1);
  await createMinuteBook(one.redis).used(account, at);
  const ended = {
    type: 'ended',
    callId,
    seq: 1,
    agentId,
    at,
    outcome: 'completed',
    sipStatus: 200,
    code: null,
    endedBy: 'callee',
  } as const;
  await one.admission.end(ended, numberIds);
  await createAgentRegistry(one.redis).heartbeat(agentId, { epoch: 1, mode: 'normal' });
  await createLeaseBook(one.redis).free(gateway, callId, at);
  await createAgentInbox(one.redis, 1).release(agentId, callId, gateway);
  const legs = createLegStore(one.redis);
  await legs.claim('dead', agentId, 1000);
  await legs.forget('dead', [callId], null);
  await createLostCalls(one.redis).closeUnlisted('dead', null, [{ callId, numberIds }], () => ended);
  await createAgentRegistry(one.redis).leave(agentId);
}

it('no script but admission and what undoes it for an agent that is gone touches more than one shard (decision C24)', async () => {
  const monitor = await one.redis.monitor();
  const scripts: { sha: string; keys: string[] }[] = [];
  let done = false;
  monitor.on('monitor', (_time: string, [command = '', sha = '', count = '0', ...rest]: string[], source: string) => {
    if (command.toLowerCase() === 'evalsha' && source !== 'lua') scripts.push({ sha, keys: rest.slice(0, Number(count)) });
    if (command.toLowerCase() === 'echo') done = true;
  });
  await runEverything();
  await one.redis.echo('done');
  await until('everything was seen', () => done);
  monitor.disconnect();
  const shardsOf = (keys: readonly string[]) => new Set(keys.map((key) => /^\{s[0-9]{2}\}/.exec(key)?.[0] ?? key)).size;
  expect(new Set(scripts.map(({ sha }) => sha)).size).toBe(16);
  // A change of target is admission's other half; who acts for an agent that is gone looks in the same step whether it still is (ADR 29).
  const across = new Set([ADMIT, NEXT_TARGET, CLOSE_CALL, FORGET_LEGS].map(({ sha }) => sha));
  for (const { sha, keys } of scripts) {
    if (across.has(sha)) expect(shardsOf(keys)).toBeGreaterThan(1);
    else expect(shardsOf(keys)).toBe(1);
  }
});
