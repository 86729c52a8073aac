import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { type Incarnation, keepRunning } from '../../src/supervisor/keep-running.ts';
import { until } from '../support/daemon.ts';

/** A part whose lives are ended by the test. */
function scriptedPart(failures: readonly number[] = []) {
  const lives: { end: () => void; stopped: boolean; startedAt: number; last: unknown }[] = [];
  let launches = 0;
  const launch = async (last: unknown): Promise<Incarnation> => {
    launches += 1;
    if (failures.includes(launches)) throw new Error(`launch ${launches} fails`);
    let end = (): void => {};
    const exited = new Promise<void>((resolve) => {
      end = resolve;
    });
    const life = { end, stopped: false, startedAt: performance.now(), last };
    lives.push(life);
    const stop = async (): Promise<void> => {
      life.stopped = true;
      end();
    };
    return { pid: 1000 + lives.length, info: { port: 5, metrics_url: `m${lives.length}` }, exited, stop };
  };
  let changes = 0;
  const onChange = (): void => {
    changes += 1;
  };
  const signal = new AbortController().signal;
  const spec = { name: 'part', launch, onChange, log: silentLogger, signal, backOffMs: 4 };
  return { spec, lives, launches: () => launches, changes: () => changes };
}

describe('keepRunning', () => {
  it('starts a dead part again, tells it what the last life told, and counts', async () => {
    const { spec, lives, changes } = scriptedPart();
    const part = await keepRunning(spec);
    expect(part.status()).toEqual({ pid: 1001, status: 'up', restarts: 0, metrics_url: 'm1' });
    const changesBefore = changes();
    lives[0]!.end();
    await until(() => lives.length === 2, 2000);
    expect(lives[1]!.last).toEqual({ port: 5, metrics_url: 'm1' });
    expect(await until(() => part.status().status === 'up', 2000)).toBe(true);
    expect(part.status()).toMatchObject({ pid: 1002, restarts: 1, metrics_url: 'm2' });
    expect(changes()).toBeGreaterThan(changesBefore);
    await part.stop();
  });

  it('throws when the first start fails, and tries again when a later one does', async () => {
    await expect(keepRunning(scriptedPart([1]).spec)).rejects.toThrow('launch 1 fails');
    const { spec, lives, launches } = scriptedPart([2, 3]);
    const part = await keepRunning(spec);
    lives[0]!.end();
    await until(() => lives.length === 2, 2000);
    expect(launches()).toBe(4);
    expect(part.status().restarts).toBe(3);
    await part.stop();
  });

  it('waits longer after each death in a row', async () => {
    const { spec, lives } = scriptedPart();
    const part = await keepRunning({ ...spec, backOffMs: 8 });
    for (let n = 0; n < 4; n += 1) {
      lives[n]!.end();
      await until(() => lives.length === n + 2, 2000);
    }
    const between = lives.slice(1).map((life, index) => life.startedAt - lives[index]!.startedAt);
    for (const [index, ms] of between.entries()) expect(ms).toBeGreaterThanOrEqual(8 * 2 ** index - 1);
    await part.stop();
  });

  it('does not start again once stopped, also in the middle of a pause', async () => {
    const { spec, lives } = scriptedPart();
    const part = await keepRunning({ ...spec, backOffMs: 60_000 });
    lives[0]!.end();
    await until(() => part.status().status === 'down', 2000);
    await part.stop();
    expect(lives).toHaveLength(1);
    expect(part.status().status).toBe('stopping');

    const calm = scriptedPart();
    const other = await keepRunning(calm.spec);
    await other.stop();
    expect(calm.lives[0]!.stopped).toBe(true);
    expect(calm.launches()).toBe(1);
  });
});
