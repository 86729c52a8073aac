import type { CallRequest, DecisionSettings } from '../../domain/call.ts';
import type { PlaneMode } from '../../domain/call-event.ts';
import { type Explanation, explainOf } from '../../domain/explain.ts';
import type { UnwellGateway } from '../../domain/gateway-health.ts';
import { type CallResult, type PlacedAttempt, placedAttempts, type RecordedEnd, resultOf } from '../../domain/past-call.ts';
import type { Clock } from '../../kit/clock.ts';
import type { CallRecord } from '../ports/calls.ts';
import type { RecordReader } from '../ports/routing.ts';
import { type AssumedSender, assumeSender, isAssumed, type SaidSender } from './assume-sender.ts';
import { decideOnRecords } from './decide-on-records.ts';
import { decideStored } from './stored-decision.ts';

/** A call somebody asks about. Without source or credential the likeliest sender of that direction is assumed, and said so. */
export interface ExplainQuestion extends Omit<SaidSender, 'from' | 'anyCarrier'> {
  /** Number or user part. */
  readonly from: string;
  readonly to: string;
  /** Labels below our domain that it is sent to. */
  readonly domains?: readonly string[];
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

const NOBODY = { ip: '', port: 0, transport: 'udp' } as const;

/** The call as the decision sees it. */
export function askedRequest(
  call: {
    readonly callId: string;
    readonly at: number;
    readonly to: string;
    readonly source?: SaidSender['source'];
    readonly domains?: readonly string[];
  },
  sender: AssumedSender,
  unwell: readonly UnwellGateway[] = [],
): CallRequest {
  const source = call.source ?? NOBODY;
  return {
    callId: call.callId,
    at: call.at,
    sourceIp: source.ip,
    sourcePort: source.port,
    transport: source.transport,
    requestUser: call.to,
    requestUriParams: {},
    requestHostIsOurs: true,
    ...(call.domains === undefined ? {} : { domains: call.domains }),
    toUser: call.to,
    caller: { from: sender.from },
    privacyId: false,
    maxForwards: 70,
    sources: sender.sources,
    auth: sender.auth,
    ...(unwell.length === 0 ? {} : { unwell }),
  };
}

/** Says what was made up for the question, and leaves its names out of the versions. */
export function withAssumption(explanation: Explanation, { told }: AssumedSender): Explanation {
  if (told === null) return explanation;
  const versions = explanation.versions.filter(({ record }) => !isAssumed(record));
  return { ...explanation, versions, steps: [{ step: 'assumed', ok: true, facts: told }, ...explanation.steps] };
}

/** Makes the decision of a call that nobody placed, on the records as they stand in Redis now; changes nothing. */
export async function explainCall(question: ExplainQuestion, deps: ExplainDeps): Promise<Explanation> {
  const { to, source, domains, at = deps.clock.now() } = question;
  // Read whatever is asked: on a plane that is not whole nothing is explained.
  const sources = await deps.reader.readSources();
  const reader: RecordReader = { read: (refs) => deps.reader.read(refs), readSources: async () => sources };
  const sender = await assumeSender(question, reader);
  const unwell = await deps.unwell?.();
  const said = { ...(source === undefined ? {} : { source }), ...(domains === undefined ? {} : { domains }) };
  const request = askedRequest({ callId: deps.newId(), at, to, ...said }, sender, unwell);
  const [decision] = await decideOnRecords([{ request, held: sender.held }], reader, deps.settings);
  if (decision === undefined) throw new Error('a call without a decision');
  return withAssumption(explainOf(decision), sender);
}

/** Why a call went as it did, and what became of it. */
export interface PastExplanation extends Explanation {
  /** null: it goes on. */
  readonly result: CallResult | null;
  readonly attempts: readonly PlacedAttempt[];
}

/** The decision of a past call from what was stored with it, and how the plane stood then (decision C12). */
export function explainStored(json: string): Explanation & { readonly mode: PlaneMode } {
  const { decision, input } = decideStored(json);
  return { ...explainOf(decision), mode: input.mode };
}

/** The decision of a past call beside what its record says came of it. */
export function explainPast(json: string, call: RecordedEnd & Pick<CallRecord, 'attempts'>): PastExplanation {
  const { decision } = decideStored(json);
  const candidates = 'candidates' in decision ? decision.candidates : [];
  return { ...explainOf(decision), result: resultOf(call), attempts: placedAttempts(candidates, call.attempts) };
}
