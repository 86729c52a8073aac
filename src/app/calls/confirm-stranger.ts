import type { RecordRef, Versioned } from '../../domain/records.ts';
import type { Look, RouteCallDeps } from './call-routing.ts';

/**
 * Whether a decision that takes no admission (a challenge, a drop) rests on something old: the sources counter and what was read
 * are compared with Redis once, as often as the limit allows. What is newer is learnt. Without an answer the decision stands.
 */
export async function hasChanged(look: Look, deps: RouteCallDeps): Promise<boolean> {
  if (!deps.strangerChecks.take()) return false;
  const { local, reader, contact } = deps;
  const { versions } = look.decision;
  try {
    const [found] = await Promise.all([
      versions.length === 0 ? new Map<RecordRef, Versioned>() : reader.read(versions.map(({ record }) => record)),
      local.refreshSources(),
    ]);
    contact.good();
    const newer = new Map([...found].filter(([ref, { version }]) => versions.some((one) => one.record === ref && one.version !== version)));
    local.learn(newer);
    return newer.size > 0 || local.sources().version !== look.sourcesVersion;
  } catch (error) {
    deps.log.debug('a stranger could not be confirmed', { error: String(error) });
    return false;
  }
}
