import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { mutated } from '../mutations/apply-mutation.ts';
import { MUTATIONS } from '../mutations/mutations.ts';
import { hasFaultPoints, SRC } from './fault-files.ts';
import { instrument } from './instrument.ts';

/** A program with fault points, in one file so that many processes of it start fast. */
export interface BuiltChild {
  readonly path: string;
  /** Every point that is in it. */
  readonly points: readonly string[];
  remove(): void;
}

/** Bundles an entry of this folder; the modules that get fault points get them while they are loaded. */
export async function buildChild(entry: string): Promise<BuiltChild> {
  const runtime = join(import.meta.dirname, 'fault-runtime.ts');
  const dir = mkdtempSync(join(tmpdir(), 'dialplane-faults-'));
  // What is required by name at run time (the SIP library) is found as from the tree.
  symlinkSync(join(SRC, '../node_modules'), join(dir, 'node_modules'));
  const path = join(dir, 'child.mjs');
  const points: string[] = [];
  const bundle = await rolldown({
    input: join(import.meta.dirname, entry),
    platform: 'node',
    external: ['pg-native'],
    logLevel: 'silent',
    plugins: [
      {
        // Test support asks the runner where the services are; a child is told.
        name: 'no-runner',
        resolveId: (id) => (id === 'vitest' ? '\0no-runner' : null),
        load: (id) => (id === '\0no-runner' ? 'export const inject = () => { throw new Error("no test runner"); };' : null),
      },
      {
        name: 'fault-points',
        transform(code, id) {
          const file = relative(SRC, id);
          const mutation = MUTATIONS.find((one) => one.file === file && one.name === process.env['DIALPLANE_MUTATION']);
          const text = mutation === undefined ? code : mutated(mutation, code);
          if (!hasFaultPoints(file)) return { code: text };
          const made = instrument(file, text, runtime);
          points.push(...made.points);
          return { code: made.code };
        },
      },
    ],
  });
  await bundle.write({ file: path, format: 'esm', codeSplitting: false });
  await bundle.close();
  return { path, points, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
