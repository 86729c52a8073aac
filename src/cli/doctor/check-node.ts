import type { Check } from './check.ts';

/** Node ≥ 20.19, as `bin/dialplane` asks for. */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  return { check: 'node', status: enough ? 'ok' : 'bad', detail: enough ? version : `${version}, and 20.19 is needed` };
}
