import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendChunks } from '../../src/http/send-chunks.ts';

const CHUNK = 'x'.repeat(64 * 1024);
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that sends `chunks`, and what became of their making. */
async function serve(chunks: (made: { count: number; ended: boolean }) => AsyncGenerator<string>, msMax = 60_000) {
  const made = { count: 0, ended: false };
  const server = createServer((_, res) => void sendChunks(res, chunks(made), msMax));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  request.on('error', () => {});
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return { made, answer };
}

async function* endless(made: { count: number; ended: boolean }): AsyncGenerator<string> {
  try {
    for (;;) {
      made.count += 1;
      yield CHUNK;
    }
  } finally {
    made.ended = true;
  }
}

test('no more is made than the client takes, and nothing once it has gone away', async () => {
  const { made, answer } = await serve(endless);
  await once(answer, 'readable');
  // What fits the buffers of both sides, and then stillness.
  let before = -1;
  await expect
    .poll(
      () => {
        const stands = made.count === before;
        before = made.count;
        return stands;
      },
      { interval: 100 },
    )
    .toBe(true);
  expect(made.count).toBeLessThan(1000);
  answer.destroy();
  await expect.poll(() => made.ended).toBe(true);
});

test('a client that takes nothing is cut off at the deadline', async () => {
  const { made, answer } = await serve(endless, -4900);
  await expect.poll(() => made.ended).toBe(true);
  answer.resume();
  await expect.poll(() => answer.destroyed).toBe(true);
  expect(answer.complete).toBe(false);
});

test('what was made before a failure arrives, and the transfer is not whole', async () => {
  const { answer } = await serve(async function* () {
    yield 'one\n';
    yield 'broken off\n';
    throw new Error('broken');
  });
  let text = '';
  answer.on('data', (chunk) => {
    text += chunk;
  });
  // `once` would reject with the error of the cut.
  await new Promise<void>((resolve) => answer.once('close', () => resolve()));
  expect([text, answer.complete]).toEqual(['one\nbroken off\n', false]);
});
