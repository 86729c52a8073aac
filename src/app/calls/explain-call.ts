import type { AuthFact, CallRequest, Decision, DecisionSettings, MatchedSource } from '../../domain/call.ts';
import type { PlaneMode } from '../../domain/call-event.ts';
import { type Explanation, explainOf } from '../../domain/explain.ts';
import type { UnwellGateway } from '../../domain/gateway-health.ts';
import { type CredentialRecord, type RecordRef, recordRef, type SourceRecord, type Versioned } from '../../domain/records.ts';
import { buildSourceIndex } from '../../domain/source-index.ts';
import type { Clock } from '../../kit/clock.ts';
import type { RecordReader } from '../ports/routing.ts';
import { judgeCall } from './judge-call.ts';
import { decideStored } from './stored-decision.ts';

/** A call somebody asks about. Without source or credential the likeliest sender of that direction is assumed, and said so. */
export interface ExplainQuestion {
  readonly direction?: 'inbound' | 'outbound';
  /** Number or user part. */
  readonly from: string;
  readonly to: string;
  readonly source?: { readonly ip: string; readonly port: number; readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss' };
  readonly credential?: { readonly realm: string; readonly username: string };
  /** Product time in ms; default now. */
  readonly at?: number;
}

export interface ExplainDeps {
  readonly reader: RecordReader;
  readonly settings: DecisionSettings;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Gateways that are not well; absent: all are. */
  readonly unwell?: () => Promise<readonly UnwellGateway[]>;
}

const LOOKS_MAX = 16;
const ASSUMED_REALM = 'explain';
const NOBODY = { ip: '', port: 0, transport: 'udp' } as const;

/** Makes the decision of a call that nobody placed, on the records as they stand in Redis now; changes nothing. */
export async function explainCall(question: ExplainQuestion, deps: ExplainDeps): Promise<Explanation> {
  const { records } = await deps.reader.readSources();
  const held = new Map<RecordRef, Versioned>();
  const assumed = await assume(question, records, held, deps);
  const source = question.source ?? NOBODY;
  const unwell = (await deps.unwell?.()) ?? [];
  const request: CallRequest = {
    callId: deps.newId(),
    at: question.at ?? deps.clock.now(),
    sourceIp: source.ip,
    sourcePort: source.port,
    transport: source.transport,
    requestUser: question.to,
    requestUriParams: {},
    requestHostIsOurs: true,
    toUser: question.to,
    caller: { from: question.from },
    privacyId: false,
    maxForwards: 70,
    sources: assumed.source === null ? buildSourceIndex(records).match(source.ip, source.port, source.transport) : [assumed.source],
    auth: assumed.auth,
    ...(unwell.length === 0 ? {} : { unwell }),
  };
  const explanation = explainOf(await decideOnReader(request, held, deps));
  if (assumed.facts === null) return explanation;
  const versions = explanation.versions.filter(({ record }) => !record.startsWith(`credential:${ASSUMED_REALM}:`));
  return { ...explanation, versions, steps: [{ step: 'assumed', ok: true, facts: assumed.facts }, ...explanation.steps] };
}

/** The decision of a past call from what was stored with it, and how the plane stood then (decision C12). */
export function explainStored(json: string): Explanation & { readonly mode: PlaneMode } {
  const { decision, input } = decideStored(json);
  return { ...explainOf(decision), mode: input.mode };
}

async function decideOnReader(request: CallRequest, held: Map<RecordRef, Versioned>, deps: ExplainDeps): Promise<Decision> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const decision = judgeCall(request, { get: (ref) => held.get(ref) }, deps.settings, () => false);
    if (decision.outcome !== 'need') return decision;
    for (const [ref, versioned] of await deps.reader.read(decision.refs)) held.set(ref, versioned);
  }
  throw new Error('a decision asked for records without end');
}

interface Assumption {
  readonly source: MatchedSource | null;
  readonly auth: AuthFact;
  readonly facts: Readonly<Record<string, unknown>> | null;
}

const NO_AUTH: AuthFact = { result: 'none' };

async function assume(
  question: ExplainQuestion,
  sources: readonly SourceRecord[],
  held: Map<RecordRef, Versioned>,
  deps: ExplainDeps,
): Promise<Assumption> {
  const { credential } = question;
  if (credential !== undefined) return { source: null, auth: { result: 'valid', ...credential }, facts: null };
  if (question.source !== undefined || question.direction === undefined) return { source: null, auth: NO_AUTH, facts: null };
  return question.direction === 'inbound' ? assumeCarrier(sources) : await assumeHolder(question.from, held, deps);
}

/** Inbound without a source: as if a carrier of the platform had sent it. */
function assumeCarrier(sources: readonly SourceRecord[]): Assumption {
  const carrier = sources.find(({ groupKind, mode }) => groupKind === 'carrier' && mode === 'live');
  if (carrier === undefined) return { source: null, auth: NO_AUTH, facts: { source: null } };
  const { trunkGroupId, groupKind, accountId, mode } = carrier;
  const entry = carrier.acl[0] ?? '';
  const source = { trunkGroupId, groupKind, accountId, mode, entry, exactPort: false, exactTransport: false, prefixBits: 0 };
  return { source, auth: NO_AUTH, facts: { source: entry, trunkGroupId } };
}

/** Outbound without a credential: as if the holder of the calling number had logged in. */
async function assumeHolder(from: string, held: Map<RecordRef, Versioned>, deps: ExplainDeps): Promise<Assumption> {
  const e164 = from.startsWith('+') ? from : `+${from}`;
  const ref = recordRef.number('live', e164);
  const number = (await deps.reader.read([ref])).get(ref)?.record;
  if (number?.kind !== 'number') return { source: null, auth: NO_AUTH, facts: { account: null } };
  const login = { realm: ASSUMED_REALM, username: e164 };
  const record: CredentialRecord = {
    kind: 'credential',
    id: ASSUMED_REALM,
    ...login,
    accountId: number.ownerAccountId,
    subAccountId: number.subAccountId,
    mode: number.mode,
    e164: null,
    enabled: true,
    sealedHa1: '',
    digest: null,
  };
  held.set(recordRef.credential(login.realm, login.username), { version: 0, record });
  return { source: null, auth: { result: 'valid', ...login }, facts: { accountId: record.accountId, subAccountId: record.subAccountId } };
}
