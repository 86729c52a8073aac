import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientFiles } from './client-files.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Where the generated files are. */
export const CLIENT_DIR = join(ROOT, 'src/client');
const BIOME = join(ROOT, 'node_modules/.bin/biome');

/** The generated files as they must be, formatted like everything else, by their path below `src/client`. */
export function formattedClient(): ReadonlyMap<string, string> {
  const dir = mkdtempSync(join(tmpdir(), 'dialplane-client-'));
  try {
    for (const [path, text] of clientFiles()) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    writeFileSync(join(dir, 'biome.json'), biomeConfig());
    execFileSync(BIOME, ['check', '--write', '--linter-enabled=false', '.'], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
    return new Map(filesIn(dir).map((path) => [path, readFileSync(join(dir, path), 'utf8')]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The rules of the checkout without what ties them to its git directory. */
function biomeConfig(): string {
  const { formatter, javascript } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as Record<string, unknown>;
  return JSON.stringify({ root: true, formatter, javascript });
}

/** TypeScript files below a directory, in order. */
export const filesIn = (dir: string): string[] =>
  readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .toSorted();

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const face of ['admin', 'kros', 'telnyx']) rmSync(join(CLIENT_DIR, face), { recursive: true, force: true });
  for (const [path, text] of formattedClient()) {
    mkdirSync(dirname(join(CLIENT_DIR, path)), { recursive: true });
    writeFileSync(join(CLIENT_DIR, path), text);
  }
}
