import type { AuthFact, MatchedSource } from '../../domain/call.ts';
import {
  type CredentialRecord,
  type Mode,
  type NumberRecord,
  type RecordRef,
  recordRef,
  type TrunkGroupRecord,
  type Versioned,
} from '../../domain/records.ts';
import { buildSourceIndex } from '../../domain/source-index.ts';
import { metMarks } from '../../domain/source-marks.ts';
import type { RecordReader } from '../ports/routing.ts';
import { type SenderDeps, senderAt, withSender } from './registered-sender.ts';

/** Who is said to send a call that nobody sent. */
export interface SaidSender {
  readonly direction?: 'inbound' | 'outbound';
  readonly mode?: Mode;
  readonly from: string | null;
  readonly source?: { readonly ip: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' };
  readonly trunkGroupId?: string;
  readonly credential?: { readonly realm: string; readonly username: string };
  readonly accountId?: string;
  /** True: it bears the right token of whichever group asks for one. */
  readonly bearsToken?: boolean;
  /** An inbound call comes from some carrier of the platform, whichever there are. */
  readonly anyCarrier?: true;
}

/** Its facts for the decision; what was made up is in `held` under names that no row has, and told of in `told`. */
export interface AssumedSender {
  readonly from: string;
  readonly sources: readonly MatchedSource[];
  readonly auth: AuthFact;
  readonly held: Map<RecordRef, Versioned>;
  readonly told: Readonly<Record<string, unknown>> | null;
}

const ASSUMED = 'explain';
/** A number that nobody has, for callers of whom only the account is known (ITU-T E.164.1: 888 is not in use). */
const SOME_NUMBER = '+888000000000';
const NO_AUTH: AuthFact = { result: 'none' };

/** True for a record that was made up for the question. */
export const isAssumed = (ref: RecordRef): boolean =>
  ref.startsWith(`credential:${ASSUMED}:`) || ref === recordRef.trunkGroup(ASSUMED) || ref.endsWith(SOME_NUMBER);

/**
 * Finds out, or makes up, who sends the call: the likeliest sender of its direction where nobody is named. Without `registered` a group
 * is told by its ACL alone, as what is written can say.
 */
export async function assumeSender(
  said: SaidSender,
  reader: RecordReader,
  indexOf = buildSourceIndex,
  registered?: Pick<SenderDeps, 'senders' | 'bindings'>,
): Promise<AssumedSender> {
  const { credential, source, trunkGroupId } = said;
  const known = { from: said.from ?? SOME_NUMBER, sources: [], auth: NO_AUTH, held: new Map<RecordRef, Versioned>(), told: null };
  if (credential !== undefined) return { ...known, auth: { result: 'valid', ...credential } };
  if (source !== undefined) {
    const { records } = await reader.readSources();
    const index = indexOf(records);
    const matched = index.match(source.ip, source.port, source.transport, () => said.bearsToken === true);
    if (registered === undefined || index.registered.size === 0) return { ...known, sources: matched };
    const groupOf = (id: string) => index.registered.get(id);
    const recordOf = async (ref: RecordRef) => (await reader.read([ref])).get(ref)?.record;
    return { ...known, sources: withSender(matched, await senderAt(source, registered, { groupOf, recordOf })) };
  }
  if (trunkGroupId !== undefined) return { ...known, ...(await fromGroup(trunkGroupId, reader)) };
  if (said.direction === 'inbound') return { ...known, ...(said.anyCarrier ? someCarrier(said.mode ?? 'live') : await aCarrier(reader)) };
  return said.direction === 'outbound' ? { ...known, ...(await aHolder(said, reader)) } : known;
}

type Assumed = Partial<AssumedSender>;

const sourceOf = (source: Pick<MatchedSource, 'trunkGroupId' | 'groupKind' | 'accountId' | 'mode'>, entry: string): MatchedSource => ({
  trunkGroupId: source.trunkGroupId,
  groupKind: source.groupKind,
  accountId: source.accountId,
  mode: source.mode,
  entry,
  exactPort: false,
  exactTransport: false,
  prefixBits: 0,
});

async function fromGroup(trunkGroupId: string, reader: RecordReader): Promise<Assumed> {
  const ref = recordRef.trunkGroup(trunkGroupId);
  const found = (await reader.read([ref])).get(ref);
  if (found?.record?.kind !== 'trunk_group') return { told: { trunkGroupId, source: null } };
  const { records } = await reader.readSources();
  const { marks } = records.find((one) => one.trunkGroupId === trunkGroupId) ?? {};
  // Whose call it is has been said; its prefix is cut off where it is there.
  const source: MatchedSource = { ...sourceOf({ ...found.record, trunkGroupId }, ''), ...metMarks(marks), told: true };
  return { held: new Map([[ref, found]]), sources: [source], told: { trunkGroupId } };
}

/** Inbound without a source: as if a carrier of the platform had sent it. */
async function aCarrier(reader: RecordReader): Promise<Assumed> {
  const { records } = await reader.readSources();
  const carrier = records.find(({ groupKind, mode }) => groupKind === 'carrier' && mode === 'live');
  if (carrier === undefined) return { told: { source: null } };
  const entry = carrier.acl[0] ?? '';
  return { sources: [sourceOf(carrier, entry)], told: { source: entry, trunkGroupId: carrier.trunkGroupId } };
}

/** The same where it must not matter which carriers there are: one that is there for this question only. */
function someCarrier(mode: Mode): Assumed {
  const record: TrunkGroupRecord = {
    kind: 'trunk_group',
    id: ASSUMED,
    name: ASSUMED,
    groupKind: 'carrier',
    accountId: null,
    mode,
    enabled: true,
    numberFormat: null,
    country: null,
    gateways: [],
  };
  const held = new Map<RecordRef, Versioned>([[recordRef.trunkGroup(ASSUMED), { version: 0, record }]]);
  return { held, sources: [sourceOf({ ...record, trunkGroupId: ASSUMED }, '')], told: { source: 'any carrier' } };
}

/** Outbound without a credential: as if the account, or the holder of the calling number, had logged in. */
async function aHolder({ from, accountId, mode = 'live' }: SaidSender, reader: RecordReader): Promise<Assumed> {
  const e164 = from === null ? SOME_NUMBER : from.startsWith('+') ? from : `+${from}`;
  const ref = recordRef.number(mode, e164);
  const number = from === null ? undefined : (await reader.read([ref])).get(ref)?.record;
  const holder = number?.kind === 'number' ? number : null;
  const account = accountId ?? holder?.ownerAccountId;
  if (account === undefined) return { told: { account: null } };
  // Its own number is called with as its exact holder, be it a sub-account.
  const subAccountId = holder !== null && account === holder.ownerAccountId ? holder.subAccountId : null;
  const login = { realm: ASSUMED, username: e164 };
  const record: CredentialRecord = {
    kind: 'credential',
    id: ASSUMED,
    ...login,
    accountId: account,
    subAccountId,
    mode,
    e164: null,
    enabled: true,
    sealedHa1: '',
    digest: null,
  };
  const held = new Map<RecordRef, Versioned>([[recordRef.credential(login.realm, login.username), { version: 0, record }]]);
  if (from === null) held.set(ref, { version: 0, record: await someNumber(account, mode, reader) });
  return { held, auth: { result: 'valid', ...login }, told: { accountId: account, subAccountId } };
}

async function someNumber(accountId: string, mode: Mode, reader: RecordReader): Promise<NumberRecord> {
  const ref = recordRef.account(accountId);
  const account = (await reader.read([ref])).get(ref)?.record;
  const parentId = account?.kind === 'account' ? account.parentId : null;
  return {
    kind: 'number',
    id: ASSUMED,
    e164: SOME_NUMBER,
    mode,
    ownerAccountId: parentId ?? accountId,
    subAccountId: parentId === null ? null : accountId,
    lifecycle: 'active',
    suspendedBy: [],
    allowInbound: true,
    allowOutbound: true,
    endpointId: null,
    trunkGroupId: null,
  };
}
