import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalReader, JournalRecord } from '../../src/app/ports/journal.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { createJournalAdopter } from '../../src/journal/adopt-journals.ts';
import { openFileJournal } from '../../src/journal/file-journal.ts';
import { silentLogger } from '../../src/kit/log.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dialplane-journal-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const event = (callId: string, seq: number): CallEvent => ({ type: 'answered', callId, seq, agentId: 'a', at: 5, sipStatus: 200 });
const open = (options: { name?: string; segmentBytes?: number; bytesMax?: number } = {}) =>
  openFileJournal({ folder: join(root, options.name ?? 'one'), bytesMax: 1e9, log: silentLogger, ...options });

async function read(journal: JournalReader, after = 0): Promise<JournalRecord[]> {
  const all: JournalRecord[] = [];
  for await (const part of journal.readAfter(after)) all.push(...part);
  return all;
}

const filesOf = (name = 'one') =>
  readdirSync(join(root, name))
    .filter((file) => file.endsWith('.log'))
    .sort();
/** The owner is a process that has ended: the same number, started at another time. */
const kill = (name = 'one') => {
  const path = join(root, name, 'owner.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), started: '1' }));
};
const adopt = (steady = true) => createJournalAdopter(root, silentLogger).adopt(steady);

describe('the journal', () => {
  it('gives back what was noted, in order, whatever text it holds', async () => {
    const journal = open();
    journal.append(event('line\nfeed \ud800 "x" é', 0), null);
    journal.append(event('b', 1), ['n1', 'n2']);
    expect(journal.flush()).toBe(true);
    expect(await read(journal)).toEqual([
      { n: 1, event: event('line\nfeed \ud800 "x" é', 0), release: null },
      { n: 2, event: event('b', 1), release: ['n1', 'n2'] },
    ]);
    expect((await read(journal, 1)).map(({ n }) => n)).toEqual([2]);
  });

  it('writes by itself at the end of the turn', async () => {
    const journal = open();
    journal.append(event('a', 0), null);
    expect(filesOf()).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(readFileSync(join(root, 'one', filesOf()[0] ?? ''), 'utf8')).toContain('"callId":"a"');
  });

  it('begins new segments and deletes those whose records are all committed, never the newest', async () => {
    const journal = open({ segmentBytes: 300 });
    for (let seq = 0; seq < 20; seq += 1) {
      journal.append(event('a', seq), null);
      journal.flush();
    }
    const before = filesOf();
    expect(before.length).toBeGreaterThan(4);
    const middle = Number(before[3]?.slice(0, 16));
    journal.forget(middle - 2);
    expect(filesOf()[0]).toBe(before[2]);
    journal.forget(middle - 1);
    expect(filesOf()[0]).toBe(before[3]);
    expect((await read(journal)).map(({ n }) => n)).toEqual(Array.from({ length: 20 - middle + 1 }, (_, i) => middle + i));
    journal.forget(20);
    expect(filesOf()).toEqual(before.slice(-1));
    journal.close(true);
    expect(existsSync(join(root, 'one'))).toBe(false);
  });

  it('says when more is kept than allowed, and when that is over', () => {
    const journal = open({ segmentBytes: 300, bytesMax: 1000 });
    for (let seq = 0; journal.state === 'ok'; seq += 1) {
      journal.append(event('a', seq), null);
      journal.flush();
    }
    expect([journal.state, journal.bytes > 1000]).toEqual(['full', true]);
    journal.forget(journal.last);
    expect(journal.state).toBe('ok');
  });

  it('a disk that takes nothing shows in its state, loses nothing, and is tried again by itself', async () => {
    const journal = open();
    // The device that answers every write with ENOSPC stands where the segment would.
    const path = join(root, 'one', '0000000000000001.log');
    symlinkSync('/dev/full', path);
    journal.append(event('a', 0), null);
    expect([journal.flush(), journal.state]).toEqual([false, 'failing']);
    journal.append(event('a', 1), null);
    expect(journal.flush()).toBe(false);
    rmSync(path);
    const deadline = performance.now() + 5000;
    while (journal.state !== 'ok' && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(journal.state).toBe('ok');
    expect((await read(journal)).map(({ event: { seq } }) => seq)).toEqual([0, 1]);
  });
});

describe('the journal of an agent that is gone', () => {
  it('is read up to its torn end by who adopts it', async () => {
    const journal = open();
    for (let seq = 0; seq < 3; seq += 1) journal.append(event('a', seq), null);
    journal.flush();
    kill();
    const path = join(root, 'one', filesOf()[0] ?? '');
    const whole = readFileSync(path);
    for (const cut of [1, 2, 40]) {
      truncateSync(path, whole.length - cut);
      const [left] = await adopt();
      expect(left?.agentId).toBe('one');
      expect((await read(left!)).map(({ n }) => n)).toEqual([1, 2]);
      writeFileSync(path, whole);
      kill();
    }
    appendFileSync(path, 'ffffffff 4 - {"half');
    expect((await read((await adopt())[0]!)).map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('a flipped byte is noticed', async () => {
    const journal = open();
    for (let seq = 0; seq < 3; seq += 1) journal.append(event('a', seq), null);
    journal.flush();
    const path = join(root, 'one', filesOf()[0] ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('\n') + 30]! ^= 1;
    writeFileSync(path, bytes);
    kill();
    expect((await read((await adopt())[0]!)).map(({ n }) => n)).toEqual([1]);
  });

  it('is adopted once, and never from a living agent', async () => {
    const living = open({ name: 'living' });
    const gone = open({ name: 'gone' });
    gone.append(event('a', 0), null);
    gone.flush();
    kill('gone');
    const both = await Promise.all([adopt(), adopt()]);
    expect(both.flat().map(({ agentId }) => agentId)).toEqual(['gone']);
    expect(await adopt()).toEqual([]);
    both.flat()[0]?.remove();
    expect(readdirSync(root)).toEqual(['living']);
    living.close(false);
  });

  it('of another container is left alone until it gave no sign of life for a minute', async () => {
    open().append(event('a', 0), null);
    const path = join(root, 'one', 'owner.json');
    writeFileSync(path, JSON.stringify({ pid: 1, started: '1', world: 'elsewhere' }));
    expect(await adopt()).toEqual([]);
    utimesSync(path, new Date(), new Date(Date.now() - 61_000));
    expect((await adopt()).map(({ agentId }) => agentId)).toEqual(['one']);
  });

  it('of another container is left alone by who has stood still itself, and by whom its owner is just back from', async () => {
    open().append(event('a', 0), null);
    const path = join(root, 'one', 'owner.json');
    const text = JSON.stringify({ pid: 1, started: '1', world: 'elsewhere' });
    writeFileSync(path, text);
    utimesSync(path, new Date(), new Date(Date.now() - 61_000));
    expect(await adopt(false)).toEqual([]);
    expect([readFileSync(path, 'utf8'), readdirSync(join(root, 'one'))]).toEqual([text, ['owner.json']]);
    expect(await adopt()).toHaveLength(1);
  });

  it('is deleted by nobody but who has it, and not while its owner writes', async () => {
    const journal = open();
    journal.append(event('a', 0), null);
    journal.flush();
    kill();
    const [left] = await adopt();
    await read(left!);
    journal.append(event('a', 1), null);
    journal.flush();
    expect([left!.isOurs, left!.remove()]).toEqual([true, false]);
    expect((await read(left!)).map(({ n }) => n)).toEqual([1, 2]);
    const path = join(root, 'one', 'owner.json');
    const mine = readFileSync(path, 'utf8');
    writeFileSync(path, JSON.stringify({ pid: 1, started: '1', world: 'elsewhere' }));
    expect([left!.isOurs, left!.remove(), existsSync(path)]).toEqual([false, false, true]);
    writeFileSync(path, mine);
    expect([left!.remove(), existsSync(join(root, 'one'))]).toEqual([true, false]);
  });
});

describe('the journal of an agent that was taken for dead', () => {
  const readAgain = async () => {
    kill();
    return (await read((await adopt())[0]!)).map(({ event: { seq } }) => seq);
  };

  it('is its own again with the next sign of life, and says so once', async () => {
    const journal = open();
    journal.append(event('a', 0), null);
    journal.flush();
    const path = join(root, 'one', 'owner.json');
    const mine = readFileSync(path, 'utf8');
    expect(journal.touch()).toBe('ours');
    writeFileSync(path, JSON.stringify({ pid: 1, started: '1', world: 'elsewhere' }));
    expect([journal.touch(), journal.touch(), journal.state]).toEqual(['lost', 'ours', 'ok']);
    expect(readFileSync(path, 'utf8')).toBe(mine);
    journal.append(event('a', 1), null);
    journal.flush();
    expect(await readAgain()).toEqual([0, 1]);
  });

  it.each(['a sign of life', 'the next event'])('and deleted is there again with %s, and holds all that comes', async (what) => {
    const journal = open();
    journal.append(event('a', 0), null);
    journal.flush();
    rmSync(join(root, 'one'), { recursive: true });
    if (what === 'a sign of life') expect(journal.touch()).toBe('lost');
    journal.append(event('a', 1), null);
    expect([journal.flush(), journal.state]).toEqual([true, 'ok']);
    if (what !== 'a sign of life') expect(journal.touch()).toBe('lost');
    expect(await readAgain()).toEqual([1]);
    journal.close(true);
  });
});
