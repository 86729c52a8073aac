import type { Candidate } from './call.ts';
import { chosenFirst, type Dialled, excludedGroup, gatewayCandidates } from './candidates.ts';
import { byHealth } from './gateway-health.ts';
import { type HolderAccount, isWithin } from './holder-account.ts';
import { type Deciding, type DecisionContext, note, readRecord, want } from './record-view.ts';
import { type Mode, type OutboundRoute, recordRef } from './records.ts';
import { rendezvousOrder } from './rendezvous.ts';
import { matchRoutes, type RouteMatch } from './route-match.ts';

/** Where an outbound call may go, in order; `matched` is false when no route of this mode fits at all. */
export interface OutboundRouting {
  readonly matched: boolean;
  readonly candidates: readonly Candidate[];
}

// Explain shows some of what was passed over, not a whole rate deck.
const SHADOWED_MAX = 8;

/** The holder's own route set when anything in it fits, else the next one, the platform's last. */
function* findRoutes(context: DecisionContext, account: HolderAccount, digits: string, exactOnly: boolean): Deciding<RouteMatch> {
  yield* want(
    context,
    account.routeSetIds.map((id) => recordRef.routeSet(id)),
  );
  for (const id of account.routeSetIds) {
    const set = yield* readRecord(context, 'route_set', recordRef.routeSet(id));
    const match = matchRoutes(set?.routes ?? [], digits, exactOnly);
    note(context, 'routes', match.prefix !== null, { routeSet: id, prefix: match.prefix, routes: match.routes.length });
    if (match.prefix !== null) return match;
  }
  return { prefix: null, routes: [], shadowed: [] };
}

function* routeCandidates(
  context: DecisionContext,
  account: HolderAccount,
  mode: Mode,
  route: OutboundRoute,
  dialled: Dialled,
): Deciding<{ readonly rightMode: boolean; readonly candidates: readonly Candidate[] }> {
  const group = yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(route.trunkGroupId));
  const excluded = (reason: string) => [excludedGroup(route.trunkGroupId, reason)];
  // Test-mode calls never reach a carrier, live ones never the test carrier (decision B12).
  if (group !== null && group.mode !== mode) return { rightMode: false, candidates: excluded(`mode ${group.mode}`) };
  if (group === null) return { rightMode: true, candidates: excluded('trunk group absent') };
  if (!group.enabled) return { rightMode: true, candidates: excluded('trunk group disabled') };
  if (!isWithin(account.holder, group.accountId)) return { rightMode: true, candidates: excluded('trunk group of another account') };
  const why = `route prefix ${route.prefix} priority ${route.priority} weight ${route.weight}, gateway `;
  return { rightMode: true, candidates: gatewayCandidates(context.request.callId, group, dialled, why) };
}

/** A gateway reached by two routes is tried once. */
function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.map((candidate) => {
    if (!candidate.chosen || candidate.gatewayId === null) return candidate;
    if (seen.has(candidate.gatewayId)) return { ...candidate, chosen: false, reason: 'already listed' };
    seen.add(candidate.gatewayId);
    return candidate;
  });
}

/** Matches routes by longest prefix, orders them by priority and weight, and lists each one's gateways. */
export function* outboundRouting(
  context: DecisionContext,
  account: HolderAccount,
  mode: Mode,
  dialled: Dialled,
): Deciding<OutboundRouting> {
  const exactOnly = 'digits' in dialled;
  const digits = exactOnly ? dialled.digits : dialled.e164.slice(1);
  const match = yield* findRoutes(context, account, digits, exactOnly);
  const ordered = rendezvousOrder(context.request.callId, match.routes, (route) => route.id);
  yield* want(
    context,
    ordered.map((route) => recordRef.trunkGroup(route.trunkGroupId)),
  );
  const listed: Candidate[] = [];
  let matched = false;
  for (const route of ordered) {
    const { rightMode, candidates } = yield* routeCandidates(context, account, mode, route, dialled);
    matched ||= rightMode;
    listed.push(...candidates);
  }
  const shadowed = match.shadowed
    .slice(0, SHADOWED_MAX)
    .map((route) => excludedGroup(route.trunkGroupId, `prefix ${route.prefix || '(any)'} shadowed by prefix ${match.prefix}`));
  const tried = byHealth(withoutRepeats(listed), context.request.unwell ?? [], exactOnly);
  return { matched, candidates: chosenFirst([...tried, ...shadowed]) };
}
