import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Compiles the program, so that what is measured is what an image runs: the loader of `npm start` names every function anew each time
 * one is made, which calls pay for.
 */
export async function buildProgram(): Promise<void> {
  const build = spawn('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  const [code] = (await once(build, 'exit')) as [number | null];
  if (code !== 0) throw new Error('the program does not compile');
}

/** A module of the compiled program by its path below `src`, without ending. */
export const builtModule = (path: string, of = root): string => `${of.replace(/\/$/, '')}/dist/${path}.js`;

/** Loads a module of the compiled program; `T` is the type of the same module in `src`. */
export const importBuilt = async <T>(path: string): Promise<T> => (await import(builtModule(path))) as T;
