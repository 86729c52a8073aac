import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { banAddressOf, type SipBan } from '../../domain/sip-ban.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { SipBanStore } from '../ports/sip-bans.ts';

/** What looking at bans needs. */
export interface SipBanDeps {
  readonly sipBans: Pick<SipBanStore, 'list' | 'lift'>;
  /** Tells errors that say Redis cannot be read now from faults of ours. */
  isPlaneAway(error: unknown): boolean;
}

const UNKNOWN: RequestRefusal = { kind: 'not_found', resource: 'sip_ban' };
const AWAY: RequestRefusal = { kind: 'unavailable', part: 'bans', code: 'plane_unavailable', retryAfterSeconds: 1 };

async function orAway<T>(deps: SipBanDeps, work: () => Promise<T>): Promise<Result<T, RequestRefusal>> {
  try {
    return ok(await work());
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(AWAY);
  }
}

/** Sources that are not answered now, the latest ban first. */
export async function listSipBans(deps: SipBanDeps): Promise<Result<readonly SipBan[], RequestRefusal>> {
  const found = await orAway(deps, () => deps.sipBans.list());
  return found.ok ? ok(found.value.toSorted((a, b) => b.bannedAt - a.bannedAt || (a.address < b.address ? -1 : 1))) : found;
}

/** Has a source answered again, also by the address of anybody of its IPv6 /64; agents and engines know within a heartbeat. */
export async function liftSipBan(
  deps: SipBanDeps & ChangeDeps,
  actor: Actor,
  text: string,
): Promise<Result<Changed<string>, RequestRefusal>> {
  const address = banAddressOf(text);
  if (address === null) return err(UNKNOWN);
  const lifted = await orAway(deps, () => deps.sipBans.lift(address));
  if (!lifted.ok) return lifted;
  if (!lifted.value) return err(UNKNOWN);
  return change(deps, actor, async (tx) => {
    await tx.audit({ action: 'sip_ban.lift', resource: `sip_ban:${address}`, accountId: null, before: { address }, after: null });
    return ok(address);
  });
}
