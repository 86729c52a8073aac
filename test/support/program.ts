import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Brings `dist` up to date, as `npm start` does: a compiled process is up after a third of the processor time. */
export function compileProgram(): void {
  execFileSync(process.execPath, ['bin/compile.mjs'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** How Node is told to run the compiled program at `entry` below `src` (`role`, `sip-engine/main`). */
export const compiled = (entry: string): { readonly file: string; readonly execArgv: string[] } => ({
  file: `${ROOT}dist/${entry}.js`,
  execArgv: ['--enable-source-maps'],
});
