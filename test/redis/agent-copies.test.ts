import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { confirmCopy, createAgentCopies } from '../../src/redis/agent-copies.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { openLocalRecords } from '../../src/redis/local-records.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { freshPlane, numberRecord, type OpenPlane, openPlane, refOfNumber } from './support/plane.ts';

let server: TestRedisServer;
let writer: OpenPlane;
const opened: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  writer = await openPlane(server.url);
  await freshPlane(writer);
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  await writer.close();
  await server.close();
});

/** An agent's copy on connections of its own; `slow` holds back its answers. */
async function agent(agentId: string, answer = (token: string) => confirmCopy(writer.redis, token, agentId)) {
  const plane = await openPlane(server.url);
  const subscriber = await connectRedis({ url: server.url, name: 'sub', log: silentLogger });
  const local = await openLocalRecords({ reader: plane.reader, subscriber, plane: plane.view, confirm: answer, log: silentLogger });
  await createAgentRegistry(writer.redis).heartbeat(agentId, { epoch: 1, mode: 'normal' });
  opened.push(async () => {
    local.stop();
    await closeRedis(subscriber);
    await plane.close();
  });
  return local;
}

const copies = () => createAgentCopies(writer.redis, createAgentRegistry(writer.redis));

it('invariant 3: agents that are up to date have every applied change in their copy when the answer comes', async () => {
  const [one, two] = [await agent('agent-1'), await agent('agent-2')];
  const record = numberRecord();
  const ref = refOfNumber(record);
  for (let version = 1; version <= 20; version += 1) {
    await Promise.all([one.fill([ref]), two.fill([ref])]);
    await writer.writer.apply(1, [{ ref, version, record: { ...record, allowInbound: version % 2 === 0 } }]);
    expect(await copies().upToDate(5000)).toBe(true);
    for (const local of [one, two]) expect(local.peek(ref)).toEqual({ version, record: { ...record, allowInbound: version % 2 === 0 } });
  }
});

it('is not up to date while a live agent does not answer, and does not wait longer than it was told', async () => {
  await agent('agent-1');
  await agent('agent-2', () => new Promise(() => {}));
  const startedAt = performance.now();
  expect(await copies().upToDate(300)).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await createAgentRegistry(writer.redis).leave('agent-2');
  expect(await copies().upToDate(5000)).toBe(true);
});

it('waits for nobody where no agent lives', async () => {
  expect(await copies().upToDate(0)).toBe(true);
});
