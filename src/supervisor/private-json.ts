import { renameSync, writeFileSync } from 'node:fs';

/** Writes JSON that only we may read, by rename: a reader sees the old file or the new one, never a part. */
export function writePrivateJson(path: string, content: object): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
