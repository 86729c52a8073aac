import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A program of ours as Node is to start it. */
export interface OwnProgram {
  readonly file: string;
  /** What Node itself is told. */
  readonly execArgv: readonly string[];
}

/** The program at `entry` below `src` (`role`, `sip-engine/main`): compiled when we are compiled, through the loader when we are not. */
export function ownProgram(entry: string): OwnProgram {
  if (!import.meta.url.endsWith('.ts')) {
    return { file: fileURLToPath(new URL(`../${entry}.js`, import.meta.url)), execArgv: ['--enable-source-maps'] };
  }
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return { file: fileURLToPath(new URL(`../${entry}.ts`, import.meta.url)), execArgv: ['--import', loader] };
}
