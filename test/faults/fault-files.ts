import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const SRC = resolve(import.meta.dirname, '../../src');

/** Outside of the use cases: where a step of a change or of a call meets Postgres, Redis, the disk or the wire. */
const STEPS = [
  /^redis\/(admission|leases|held-leases|holder-fence|live-calls|lost-calls|agent-journals|call-log|record-writer|re-assert)\.ts$/,
  /^journal\/[a-z-]+\.ts$/,
  /^sip\/(agent-pulse|handle-invite|dial-targets|run-call|attempt|bridge)\.ts$/,
  /^store\/(unit-of-work|transaction|outbox|outbox-rows|idempotency|ledger|fold-calls|agent-journals)\.ts$/,
];

/** True for the modules of `src` (named from there) that get fault points: every use case, and the steps. */
export const hasFaultPoints = (file: string): boolean => file.startsWith('app/') || STEPS.some((step) => step.test(file));

/** All of them, sorted. */
export const faultFiles = (): string[] =>
  readdirSync(SRC, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(SRC, join(entry.parentPath, entry.name)))
    .filter(hasFaultPoints)
    .sort();
