import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DaemonState, until } from '../support/daemon.ts';
import { copiesOf, environmentOf, parseDockerfile, type Stage, textsOf } from './dockerfile.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The file system an image of our Dockerfile would have below WORKDIR, without Docker (decision C26). */
export interface Image {
  readonly dir: string;
  readonly stage: Stage;
  readonly env: Readonly<Record<string, string>>;
  /** ENTRYPOINT and CMD, as they would be run. */
  readonly command: readonly string[];
  remove(): void;
}

export const stages = (): readonly Stage[] => parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));

/** Builds `dist` with the build stage's own command and copies what the last stage copies. */
export function buildImage(): Image {
  const all = stages();
  const stage = all.at(-1) as Stage;
  const dir = mkdtempSync(join(tmpdir(), 'dialplane-image-'));
  const built = join(dir, 'built');
  const build = all.find(({ name }) => name === 'build') as Stage;
  if (!textsOf(build, 'RUN').includes('npm run build')) throw new Error('the build stage does not run `npm run build`');
  // What the types say is `npm run typecheck`'s business.
  execFileSync('npm', ['run', 'build', '--', '--noCheck', '--outDir', join(built, 'dist')], { cwd: ROOT, stdio: 'pipe' });
  const app = join(dir, 'app');
  for (const { from, sources, target } of copiesOf(stage)) {
    for (const source of sources) copyIn(from, source, join(app, target), built);
  }
  const words = [...textsOf(stage, 'ENTRYPOINT'), ...textsOf(stage, 'CMD')].flatMap((text) => JSON.parse(text) as string[]);
  return { dir: app, stage, env: environmentOf(stage), command: words, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function copyIn(from: string | null, source: string, target: string, built: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (from === 'modules') symlinkSync(join(ROOT, 'node_modules'), target);
  else if (from === 'build') cpSync(join(built, source.replace(/^\/app\//, '')), target, { recursive: true });
  else cpSync(join(ROOT, source), target, { recursive: true });
}

/** A container, as far as a process can stand for one. */
export interface Container {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  state(): Promise<DaemonState>;
  /** STOPSIGNAL to process 1; resolves with its exit code and what it printed. */
  stop(): Promise<{ readonly code: number | null; readonly output: string }>;
  kill(): void;
}

/** Runs the image's command with its environment, on loopback. */
export function runImage(image: Image, env: Readonly<Record<string, string>>): Container {
  const dataDir = mkdtempSync(join(tmpdir(), 'dialplane-data-'));
  const [program = '', ...args] = image.command;
  const loopback = { HTTP_HOST: '127.0.0.1', OPS_HOST: '127.0.0.1', SIP_HOST: '127.0.0.1', HTTP_PORT: '0', OPS_PORT: '0', SIP_PORT: '0' };
  const full = { PATH: process.env.PATH, HOME: process.env.HOME, ...image.env, ...loopback, DATA_DIR: dataDir, ...env };
  const child = spawn(program, args, { cwd: image.dir, env: full, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    dataDir,
    env: full,
    async state() {
      const file = join(dataDir, 'state.json');
      const read = (): DaemonState | undefined => {
        try {
          return JSON.parse(readFileSync(file, 'utf8')) as DaemonState;
        } catch {
          return undefined;
        }
      };
      const found = await until(() => child.exitCode !== null || read(), 60_000);
      if (found === true || found === undefined) throw new Error(`the image did not start:\n${output}`);
      return found;
    },
    async stop() {
      child.kill(textsOf(image.stage, 'STOPSIGNAL')[0] as NodeJS.Signals);
      const code = await exited;
      rmSync(dataDir, { recursive: true, force: true });
      return { code, output };
    },
    kill() {
      child.kill('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
