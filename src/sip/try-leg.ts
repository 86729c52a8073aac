import type { CallLeases } from '../app/calls/call-leases.ts';
import type { CallRecord } from '../app/calls/record-call.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { Candidate, Connect } from '../domain/call.ts';
import { NO_ADDRESS, originOf } from '../domain/gateway-health.ts';
import type { CodecPolicy } from '../domain/sdp-codecs.ts';
import { newId } from '../kit/ids.ts';
import type { Logger } from '../kit/log.ts';
import { type AttemptResult, type AttemptTimers, attemptInvite, ended } from './attempt.ts';
import type { CarrierLogins, CarrierPeer } from './carrier-logins.ts';
import { passedBody, passedReply, withCodecs } from './codec-dialog.ts';
import type { GatewayWatch } from './gateway-watch.ts';
import { asForeign, legHeaders } from './leg-headers.ts';
import { withLogin } from './login-dialog.ts';
import { longerSessionOffer, sessionOffer } from './session-fields.ts';
import type { OutgoingInvite, ReceivedInvite, ReceivedReply, SipHeaders, SipServer } from './sip-stack.ts';
import { NOBODYS, type TargetGuard } from './target-guard.ts';
import { flowText, type NextHop, nextHopUri } from './targets.ts';

/** Why nothing was sent to a target. */
export const NOT_SENT = { forbidden: 'target_forbidden', unregistered: 'not_registered', lost: 'flow_lost', codec: 'no_codec' } as const;

/** One place one INVITE goes to. */
export interface Leg {
  readonly candidate: Candidate;
  /** Request-URI. */
  readonly uri: string;
  /** null: the server it is registered at is not connected. */
  readonly server: SipServer | null;
  /** The address it is really sent to; null where there is none. */
  hop(): Promise<NextHop | null>;
  /** Only over what is open to that address: behind it there is a NAT, or a phone that takes no connections (decision C20). */
  readonly onlyByFlow: boolean;
  /** A stream younger than this is somebody else's, who was given a port that had become free. */
  readonly flowAgeMs?: number | undefined;
  /** Proxies on the way, first one first (RFC 3327 §5.1). */
  readonly path: readonly string[];
  /** True: a target named it, and nobody here wrote it (decision C6); it gets no login of ours, and is told no more than anybody. */
  readonly isForeign?: true;
}

/** The call a leg is for. */
export interface LegCall {
  /** What the caller asked with. */
  readonly invite: Pick<ReceivedInvite, 'server' | 'body' | 'header' | 'lost'>;
  readonly decision: Connect;
  readonly record: CallRecord;
  readonly leases: CallLeases;
  readonly hops: readonly string[];
  readonly maxForwards: number;
}

export interface TryLegDeps {
  readonly guard: TargetGuard;
  readonly timers: AttemptTimers;
  /** Who we are at carriers that ask. */
  readonly logins: CarrierLogins;
  /** Hears how attempts at gateways end. */
  readonly health: GatewayWatch;
  /** Fields that carry tokens of callers, in lower case. */
  readonly withheld: () => ReadonlySet<string>;
  /** What a leg's session timer is asked for; 0: none. */
  readonly sessionSeconds: number;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** How this leg is tried among others. */
export interface LegTurn {
  readonly n: number;
  readonly signal: AbortSignal;
  readonly provisional: (reply: ReceivedReply) => void;
}

const NOT_ACCEPTABLE = 488;
// RFC 5626 §11.5: the connection the phone registered over is gone.
const FLOW_FAILED = 430;

/** One target; every end is noted, also that of a target nothing was sent to. */
export async function tryLeg(call: LegCall, leg: Leg, turn: LegTurn, deps: TryLegDeps): Promise<AttemptResult> {
  const callId = newId();
  const { candidate } = leg;
  call.record.attempt(turn.n, candidate, leg.uri, callId, call.leases.held);
  if (leg.isForeign !== true) deps.health.trying(candidate);
  const result = asForeigner(leg, asLost(leg, await sendTo(call, leg, callId, turn, deps)));
  try {
    call.record.attemptEnded(turn.n, result.end, callId);
    const origin = originOf(candidate, call.decision.parties);
    if (leg.isForeign !== true) deps.health.noted(candidate, result.end, result.why, { called: leg.uri, origin });
    const code = String(result.end.sipStatus ?? result.end.outcome);
    deps.metrics.attempt({ trunkGroup: candidate.trunkGroupId ?? 'endpoint', gateway: candidate.gatewayId ?? 'none', code });
    return result;
  } catch (fault) {
    hangUp(result);
    throw fault;
  }
}

/** Whoever picked up must not be left in a call with nobody. */
export function hangUp(result: AttemptResult): void {
  result.answer?.acknowledge();
  void result.answer?.dialog.bye();
}

const asForeigner = ({ isForeign }: Leg, result: AttemptResult): AttemptResult =>
  result.answer === null || isForeign !== true ? result : { ...result, answer: { ...result.answer, isForeign } };

const asLost = (leg: Leg, result: AttemptResult): AttemptResult =>
  leg.onlyByFlow && result.end.sipStatus === FLOW_FAILED ? notSent(NOT_SENT.lost) : result;

async function sendTo(call: LegCall, leg: Leg, callId: string, turn: LegTurn, deps: TryLegDeps): Promise<AttemptResult> {
  if (leg.server === null) return notSent(NOT_SENT.lost);
  const hop = await leg.hop();
  if (hop === null) return notSent(NO_ADDRESS);
  const refusal = await deps.guard.refusalOf(leg.isForeign ? NOBODYS : leg.candidate, hop);
  if (refusal !== null) {
    const { endpointId } = leg.candidate;
    deps.log.warn('a target nobody may dial', { callId: call.record.callId, refusal, endpointId });
    return notSent(NOT_SENT.forbidden);
  }
  const { invite, decision, hops, maxForwards } = call;
  const contentType = invite.header('Content-Type');
  const { codecs } = leg.candidate.terms ?? {};
  const body = codecs === undefined ? invite.body : passedBody(invite.body, contentType, codecs);
  if (body === null) return notSent(NOT_SENT.codec);
  const route = leg.path.length === 0 ? {} : { Route: leg.path.map((uri) => `<${uri}>`) };
  const through = leg.isForeign ? asForeign(leg.candidate) : leg.candidate;
  const own = legHeaders(invite, decision, { uri: leg.uri, callId, hops, maxForwards, withheld: deps.withheld() }, through);
  const peer = peerOf(leg);
  const outgoing = (asked: SipHeaders): OutgoingInvite => ({
    uri: leg.uri,
    nextHop: `${nextHopUri(hop)}${flowText(leg)}`,
    headers: reliably(leg, body, { ...own, ...sessionOffer(deps.sessionSeconds, peer !== null), ...route, ...asked }),
    ...(body === '' ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  });
  const { server } = leg;
  const timers = { ...deps.timers, ...timersOf(leg.candidate) };
  const send = (fields: SipHeaders): Promise<AttemptResult> =>
    attemptInvite(server, outgoing(fields), timers, turn.signal, codecs === undefined ? turn.provisional : heard(turn, codecs));
  const result = await (peer === null ? send({}) : sendWithLogin(peer, { uri: leg.uri, from: String(own['From']) }, deps, send));
  return codecs === undefined ? result : withinCodecs(result, codecs);
}

/** Without an offer a reliable 18x would have to bring one, which nobody here could answer yet (decision C17). */
function reliably({ candidate }: Leg, body: string, headers: SipHeaders): SipHeaders {
  const said = candidate.terms?.reliableProvisionals;
  if (said === undefined || body === '') return headers;
  if (said === 'required') return { ...headers, Require: '100rel' };
  return { ...headers, Supported: headers['Supported'] === undefined ? '100rel' : `${String(headers['Supported'])}, 100rel` };
}

const heard =
  ({ provisional }: LegTurn, codecs: CodecPolicy): LegTurn['provisional'] =>
  (reply) =>
    provisional(passedReply(reply, codecs));

/** An answer within the codecs of the gateway; one without any of them is none, and whoever gave it is hung up on. */
function withinCodecs(result: AttemptResult, codecs: CodecPolicy): AttemptResult {
  if (result.answer === null) return result;
  const answer = withCodecs(result.answer, codecs);
  if (answer !== null) return { ...result, answer };
  hangUp(result);
  return ended('failed', NOT_ACCEPTABLE, NOT_SENT.codec);
}

// A carrier may find its nonce too old, or ask a second time in another realm; more is no misunderstanding.
const CHALLENGES_MAX = 2;

/** Between two tries of one call: the SIP server may put one of its own there, for a carrier that wants a longer session. */
const CSEQ_STEP = 10;

/** Sends with an answer to what the carrier asked last, and again when it asks anew (RFC 3261 §22.2) or for a longer session. */
async function sendWithLogin(
  peer: CarrierPeer,
  { uri, from }: { readonly uri: string; readonly from: string },
  { logins, sessionSeconds }: Pick<TryLegDeps, 'logins' | 'sessionSeconds'>,
  send: (fields: SipHeaders) => Promise<AttemptResult>,
): Promise<AttemptResult> {
  // To the carrier it is one call, whose later requests are further on.
  const sender = `${from};tag=${newId()}`;
  let longer: SipHeaders | null = null;
  for (let [cseq, challenges] = [1, 0]; ; cseq += CSEQ_STEP) {
    const { headers, answered } = logins.answer(peer, 'INVITE', uri);
    const result = await send({ ...headers, ...longer, CSeq: `${cseq} INVITE`, From: sender });
    const asked: SipHeaders | null = longer === null ? longerSessionOffer(result.refusal, sessionSeconds) : null;
    if (asked !== null) {
      longer = asked;
      continue;
    }
    challenges += 1;
    if (challenges > CHALLENGES_MAX || !logins.learn(peer, result.refusal, answered))
      return result.answer === null ? result : { ...result, answer: withLogin(result.answer, peer, uri, logins) };
  }
}

const peerOf = ({ candidate, isForeign }: Leg): CarrierPeer | null => {
  const { gatewayId, terms } = candidate;
  return gatewayId === null || terms?.login === undefined || isForeign === true ? null : { gatewayId, login: terms.login };
};

const timersOf = ({ terms }: Candidate): Partial<AttemptTimers> => {
  const { firstResponseMs, ringMs } = terms?.failover ?? {};
  return { ...(firstResponseMs === undefined ? {} : { firstResponseMs }), ...(ringMs === undefined ? {} : { ringMs }) };
};

const notSent = (why: string): AttemptResult => ended('unreachable', null, why);
