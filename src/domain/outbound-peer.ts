import type { CallParties, MatchedSource } from './call.ts';
import { callerOfLogin, type DefaultCaller } from './default-caller.ts';
import type { DestinationList } from './destinations.ts';
import { type DialContext, dialContextOf } from './dial-string.ts';
import { type WantedLease, wantedLease } from './lease.ts';
import type { DecisionContext } from './record-view.ts';
import type { CredentialRecord, Mode, TrunkGroupRecord } from './records.ts';
import type { SourceGroup } from './source-groups.ts';
import type { TransferFact } from './transfer-fact.ts';

/** Who identified themselves for a call out: a SIP credential, or a customer group by its address. */
export interface OutboundPeer {
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  readonly mode: Mode;
  /** A number credential may present only this number (decision C13). */
  readonly onlyE164: string | null;
  /** What its calls to numbers and codes present by themselves; null: what they say. */
  readonly defaultCaller: DefaultCaller | null;
  readonly dial: (country: string | null) => DialContext;
  /** The login that calls, whose realm names other users; null: an address. */
  readonly login: Pick<CredentialRecord, 'realm' | 'username'> | null;
  readonly identifiedBy: NonNullable<CallParties['identifiedBy']>;
  /** Of the group the call came through. */
  readonly leases: readonly WantedLease[];
  /** What that group says of where its calls may go. */
  readonly destinations: readonly DestinationList[];
  /** True: identified by a block or bare address, from which others may call too. */
  readonly isShared?: true;
  /** True: identified by an address alone, over what can be forged. */
  readonly isUnproven?: true;
}

const leasesOf = (group: TrunkGroupRecord | null): readonly WantedLease[] => {
  if (group === null) return [];
  const own = wantedLease('trunk_group', group);
  return group.profile === undefined ? [own] : [own, wantedLease('outbound_profile', group.profile)];
};

const destinationsOf = (group: TrunkGroupRecord | null): readonly DestinationList[] =>
  group?.destinations === undefined ? [] : [{ ...group.destinations, list: 'trunk_group' }];

/** A credential as peer; it writes numbers as its trunk group does, or as its account's country. */
export const credentialPeer = (
  context: DecisionContext,
  credential: CredentialRecord,
  through: TrunkGroupRecord | null = null,
): OutboundPeer => ({
  accountId: credential.accountId,
  subAccountId: credential.subAccountId,
  mode: credential.mode,
  onlyE164: credential.e164,
  defaultCaller: callerOfLogin(credential, through),
  dial: (country) => dialContextOf(through, context.settings, country),
  login: credential,
  identifiedBy: { kind: 'credential', id: credential.id },
  leases: leasesOf(through),
  destinations: destinationsOf(through),
});

/** A customer group as peer; its own format and country come first. */
export const customerPeer = (context: DecisionContext, { group, source }: SourceGroup): OutboundPeer => ({
  accountId: group.accountId,
  subAccountId: null,
  mode: group.mode,
  onlyE164: null,
  defaultCaller: group.defaultCaller ?? null,
  dial: (country) => ({ ...dialContextOf(group, context.settings, country), techPrefix: source.marks?.techPrefix ?? null }),
  login: null,
  identifiedBy: { kind: 'trunk_group', id: group.id },
  leases: leasesOf(group),
  destinations: destinationsOf(group),
  ...howIdentified(context, source),
});

/** What an address alone is worth: others may be behind it, and over UDP anybody can write it (decision C21). */
function howIdentified({ request }: DecisionContext, source: MatchedSource): Pick<OutboundPeer, 'isShared' | 'isUnproven'> {
  if (source.marks?.token === true) return {};
  // Where a login is registered is an address too, and no secret.
  if (source.told === true && (source.login === undefined || request.transport !== 'udp')) return {};
  return { ...(source.exactPort ? {} : { isShared: true }), ...(request.transport === 'udp' ? { isUnproven: true } : {}) };
}

/** The party of a transfer as peer: its account, its number in the call it is in, and the trunk group it is there through. */
export const transferPeer = (context: DecisionContext, transfer: TransferFact, through: TrunkGroupRecord | null): OutboundPeer => ({
  accountId: transfer.accountId,
  subAccountId: transfer.subAccountId,
  mode: transfer.mode,
  onlyE164: transfer.e164,
  defaultCaller: null,
  dial: (country) => dialContextOf(through, context.settings, country),
  login: null,
  identifiedBy: { kind: 'call', id: transfer.callId, ...(through === null ? {} : { trunkGroupId: through.id }) },
  leases: leasesOf(through),
  destinations: destinationsOf(through),
});
