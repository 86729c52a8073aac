import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { freeUdpPort } from '../../support/sipp.ts';

/** A program that nobody here wrote, run in the foreground as our child; what it says is kept. */
export interface ProgramRun {
  readonly process: ChildProcess;
  log(): string;
  /** Waits until its log has a line that fits; throws with the log's end when it has none in time or the program has ended. */
  says(pattern: RegExp, ms?: number): Promise<string>;
  stop(): Promise<void>;
}

/** Whether a program is there; those of Debian that run as servers are not on everybody's PATH. */
export const programAvailable = (name: string): boolean => spawnSync(name, ['-h'], { ...withSbin(), stdio: 'ignore' }).error === undefined;

const withSbin = () => ({ env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` } });

/** Starts a program; it is killed at the latest when we end. */
export function runProgram(name: string, args: readonly string[], cwd: string): ProgramRun {
  // A group of its own: its children end with it, however it ends.
  const child = spawn(name, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...withSbin() });
  let text = '';
  const keep = (chunk: Buffer): void => {
    text += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const killed = (): void => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  process.once('exit', killed);
  const exited = once(child, 'exit').finally(() => process.off('exit', killed));
  exited.catch(() => {});
  return {
    process: child,
    log: () => text,
    async says(pattern, ms = 10_000) {
      const deadline = performance.now() + ms;
      for (;;) {
        const line = text.split('\n').find((one) => pattern.test(one));
        if (line !== undefined) return line.trim();
        if (child.exitCode !== null || performance.now() > deadline) {
          throw new Error(
            `${name} ${child.exitCode === null ? `did not say ${pattern} within ${ms} ms` : 'has ended'}:\n${text.slice(-3000)}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const hard = setTimeout(killed, 3000);
      await exited.finally(() => clearTimeout(hard));
    },
  };
}

/** A number that was free a moment ago on UDP and TCP of an address. */
export async function freePort(host: string): Promise<number> {
  for (let tries = 0; tries < 20; tries += 1) {
    const port = await freeUdpPort(host);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no free port on ${host}`);
}
