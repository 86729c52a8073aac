import type { CallRequest, MatchedSource } from './call.ts';
import { type Called, dialContextOf, normaliseCalledInbound, normaliseCaller } from './dial-string.ts';
import type { E164 } from './e164.ts';
import { type Deciding, type DecisionContext, note, readRecord, want } from './record-view.ts';
import { isInForce, type NumberRecord, recordRef, type TrunkGroupRecord } from './records.ts';
import { compareAddresses } from './source-index.ts';
import { borneMarks, compareMarks, isIdentified } from './source-marks.ts';

/** A trunk group whose ACL holds the source address, and which is enabled. */
export interface SourceGroup {
  readonly source: MatchedSource;
  readonly group: TrunkGroupRecord;
}

/** A called number of ours, and the carrier group that brought it. */
export interface OwnedCalled extends SourceGroup {
  readonly called: E164;
  readonly number: NumberRecord;
}

// One address in more groups than this is a mistake in the ACLs, and must not cost a call its time.
const GROUPS_MAX = 16;

const factsOf = ({ request }: DecisionContext, source: MatchedSource) => ({
  entry: source.entry,
  trunkGroupId: source.trunkGroupId,
  kind: source.groupKind,
  ...borneMarks(request, source),
});

/** Those of the sources that the request bears all marks of, the best identified first; the others are noted, as far as there is room. */
function identifiedSources(context: DecisionContext): readonly MatchedSource[] {
  const { request } = context;
  const others = request.sources.filter((source) => !isIdentified(request, source));
  for (const source of others.slice(0, GROUPS_MAX)) note(context, 'source', false, factsOf(context, source));
  const identified = others.length === 0 ? request.sources : request.sources.filter((source) => isIdentified(request, source));
  return identified.toSorted(compareIdentification).slice(0, GROUPS_MAX);
}

/** Orders what a request may be identified by: its address first, then its marks (decision C1, rule 3). 0: nothing tells the two apart. */
export const compareIdentification = (a: MatchedSource, b: MatchedSource): number => compareAddresses(a, b) || compareMarks(a, b);

/** The login that is registered there, where it is of use, and still of that group. */
function* isRegistered(context: DecisionContext, { login, trunkGroupId }: MatchedSource, group: TrunkGroupRecord): Deciding<boolean> {
  if (login === undefined) return true;
  if (group.receivesOnly === true) return false;
  const credential = yield* readRecord(context, 'credential', recordRef.credential(login.realm, login.username));
  return isInForce(credential, context.request.at) && credential.trunkGroupId === trunkGroupId;
}

/** The enabled groups the source belongs to, best identified first; disabled or vanished ones recognise nobody. */
export function* enabledGroups(context: DecisionContext): Deciding<readonly SourceGroup[]> {
  const sources = identifiedSources(context);
  yield* want(
    context,
    sources.map((source) => recordRef.trunkGroup(source.trunkGroupId)),
  );
  const found: SourceGroup[] = [];
  for (const source of sources) {
    const group = yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(source.trunkGroupId));
    const enabled = group?.enabled === true && (yield* isRegistered(context, source, group));
    note(context, 'source', enabled, factsOf(context, source));
    if (group !== null && enabled) found.push({ source, group });
  }
  if (context.request.sources.length === 0) note(context, 'source', false, { entry: null });
  return found;
}

/** The called number as that group means it. */
export function calledBy(context: DecisionContext, group: TrunkGroupRecord): Called {
  const { request } = context;
  // A carrier that we register at calls our user name there, which may be a number itself; whom it means is in To (decision C15).
  const isOurLogin = [group, ...group.gateways].some(({ terms }) => terms?.login?.username === request.requestUser);
  return normaliseCalledInbound(isOurLogin ? { ...request, requestUser: '' } : request, dialContextOf(group, context.settings));
}

/** The first of these carriers whose called number is owned in its mode: the called number picks among carriers (decision C21). */
export function* ownedCalled(context: DecisionContext, carriers: readonly SourceGroup[]): Deciding<OwnedCalled | null> {
  const asked = carriers.flatMap((carrier) => {
    const called = calledBy(context, carrier.group);
    return called.kind === 'e164' ? [{ ...carrier, called: called.e164 }] : [];
  });
  yield* want(
    context,
    asked.map(({ group, called }) => recordRef.number(group.mode, called)),
  );
  for (const carrier of asked) {
    const number = yield* readRecord(context, 'number', recordRef.number(carrier.group.mode, carrier.called));
    if (number !== null) return { ...carrier, number };
  }
  return null;
}

const identities = ({ caller }: CallRequest): string[] =>
  [caller.from, caller.pai, caller.ppi, caller.rpid].filter((text) => text !== undefined);

/** The first identity in From, PAI, PPI or RPID that is a number of ours in any state (decision C1, rule 5). */
export function* ownCaller(context: DecisionContext, carrier: SourceGroup): Deciding<E164 | null> {
  const { group } = carrier;
  const dial = dialContextOf(group, context.settings);
  const numbers = identities(context.request).flatMap((text) => normaliseCaller(text, dial) ?? []);
  const refs = numbers.map((e164) => recordRef.number(group.mode, e164));
  yield* want(context, refs);
  for (const e164 of numbers) {
    if ((yield* readRecord(context, 'number', recordRef.number(group.mode, e164))) !== null) return e164;
  }
  return null;
}
