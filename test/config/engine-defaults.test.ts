import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { defaultLimits, type EngineLimits, SCANNERS } from '../../src/sip-engine/settings.ts';
import { engineOptions } from '../../src/supervisor/engine-options.ts';

interface Told {
  readonly nat: string;
  readonly scanners: readonly string[];
  readonly limits: Partial<EngineLimits>;
}

it('an engine is told by default what it would do by itself, but for its trace', () => {
  const dir = mkdtempSync(join(tmpdir(), 'dialplane-engine-defaults-'));
  try {
    const { nat, scanners, limits } = engineOptions(loadConfig({ DATA_DIR: dir }, dir), 'secret', undefined) as Told;
    expect([nat, scanners]).toEqual(['private', SCANNERS]);
    const told = Object.keys(limits) as (keyof EngineLimits)[];
    expect(told.filter((name) => limits[name] !== defaultLimits[name])).toEqual(['traceBytesMax']);
    expect(told).toContain('tcpFirstMessageMs');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
