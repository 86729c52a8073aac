import type { RouteCallDeps, RoutedCall } from '../app/calls/call-routing.ts';
import type { CallFacts, IncomingCall } from '../app/calls/incoming-call.ts';
import { routeCall } from '../app/calls/route-call.ts';
import type { SourceToken } from '../domain/source-marks.ts';
import type { KeyedTokenBuckets } from '../kit/keyed-token-buckets.ts';
import { type AuthenticateDeps, type ReceivedCredentials, readCredentials } from './authenticate.ts';
import type { BanGuard } from './ban-guard.ts';
import { sendChallenge } from './challenge.ts';
import { countFailure } from './count-failure.ts';
import { readFacts } from './facts.ts';
import { HOP_FIELD, hopToken, isLoop, readHops } from './hop-token.ts';
import { refusalReply, SERVER } from './replies.ts';
import { type RunCallDeps, runCall } from './run-call.ts';
import type { ReceivedInvite } from './sip-stack.ts';

/** What handling INVITEs needs. */
export interface InviteDeps {
  readonly route: RouteCallDeps;
  readonly run: RunCallDeps;
  readonly auth: AuthenticateDeps;
  /** Wrong digests by whom their nonce was given to, and challenges per source address. */
  readonly failures: KeyedTokenBuckets;
  readonly challenges: KeyedTokenBuckets;
  readonly bans: Pick<BanGuard, 'isBanned' | 'failed' | 'passed'>;
  /** Names this platform in hop tokens; the same for all its agents. */
  readonly platform: string;
  /** Whether what a request says in the field of a token is the token. */
  readonly bears: (token: SourceToken, said: string | undefined) => boolean;
  /** True while the last agent leaves: nobody else can take the call (decision C19). */
  readonly turnsAway: () => boolean;
}

/** One new INVITE from its arrival to the end of its call. Never rejects. */
export async function handleInvite(invite: ReceivedInvite, deps: InviteDeps): Promise<void> {
  const receivedAt = performance.now();
  try {
    const call = readCall(invite, deps);
    if (call === null) return;
    const routed = await routeCall(call.incoming, deps.route);
    await follow(invite, call, routed, receivedAt, deps);
  } catch (error) {
    deps.run.log.error('an INVITE failed on a fault', { error: error instanceof Error ? error.stack : String(error) });
    invite.reply(500);
  }
}

interface ReadCall {
  readonly incoming: IncomingCall;
  readonly credentials: ReceivedCredentials | null;
  readonly facts: CallFacts;
  readonly hops: readonly string[];
}

/** Reads the INVITE; null: it was answered, or is ignored. */
function readCall(invite: ReceivedInvite, deps: InviteDeps): ReadCall | null {
  if (deps.bans.isBanned(invite.sourceIp)) {
    ignore(invite, 'banned', deps);
    return null;
  }
  // Beyond these nothing more can be held, not even the record of a refusal.
  const { isFull, isPacked } = deps.run.calls;
  if (isPacked || deps.route.events.congested) return answer(invite, refusalReply('plane_busy', null), deps);
  const facts = readFacts(invite, deps.auth.hosts);
  if ('status' in facts) return answer(invite, { status: facts.status, headers: {} }, deps);
  if (isFull && !mayBeShort(facts.requestUser)) return answer(invite, refusalReply('plane_busy', null), deps);
  const credentials = readCredentials(invite, deps.auth);
  if (credentials === 'malformed') return answer(invite, { status: 400, headers: {} }, deps);
  if (credentials !== null && credentials.holder !== null && !deps.failures.allows(credentials.holder)) {
    ignore(invite, 'ignored', deps);
    return null;
  }
  const hops = readHops(invite.header(HOP_FIELD));
  const { callId: sipCallId, sourceIp, sourcePort, transport } = invite;
  const loops = (called: string): boolean => isLoop(hops, hopToken(deps.platform, called));
  // Refused like any other call, so that whoever is known finds it recorded (invariant 12).
  const busy = isFull ? { busy: true as const } : {};
  const asked = { ...facts, ...busy, ...(deps.turnsAway() ? { draining: true as const } : {}) };
  let waits = false;
  const keepWaiting = (): void => {
    if (!waits) invite.reply(100);
    waits = true;
  };
  const incoming = {
    facts: asked,
    origin: { sipCallId, sourceIp, sourcePort, transport },
    authentication: credentials,
    loops,
    bears: (token: SourceToken) => deps.bears(token, invite.header(token.header)),
    keepWaiting,
  };
  return { incoming, credentials, facts, hops };
}

// A short code behind a short tech prefix; every number that people call has more.
const SHORT_DIGITS_MAX = 9;

/** Whether it is worth asking, for a call that there is no room for, if it is one that nothing may block (decision C15). */
const mayBeShort = (user: string): boolean => user.replaceAll(/;.*|[^0-9]/g, '').length <= SHORT_DIGITS_MAX;

function answer(invite: ReceivedInvite, reply: { status: number; headers: Readonly<Record<string, unknown>> }, deps: InviteDeps): null {
  deps.run.metrics.stranger(String(reply.status));
  invite.reply(reply.status, { headers: reply.headers as Record<string, string> });
  return null;
}

function ignore(invite: ReceivedInvite, why: 'ignored' | 'drop' | 'banned', deps: InviteDeps): void {
  deps.run.metrics.stranger(why);
  invite.ignore();
}

async function follow(invite: ReceivedInvite, call: ReadCall, routed: RoutedCall, receivedAt: number, deps: InviteDeps): Promise<void> {
  if (call.credentials?.passed) deps.bans.passed(invite.sourceIp);
  switch (routed.result) {
    case 'admitted': {
      const { decision, record, leases, contacts } = routed;
      const hops = [...call.hops, hopToken(deps.platform, decision.parties.called)];
      const maxForwards = call.facts.maxForwards - 1;
      await runCall({ invite, decision, record, leases, contacts, hops, maxForwards, receivedAt }, deps.run);
      return;
    }
    case 'refused':
      refuse(invite, call, routed, receivedAt, deps);
      return;
    case 'challenge':
      challenge(invite, call, routed, deps);
      return;
    case 'drop':
      ignore(invite, 'drop', deps);
  }
}

type Refused = Extract<RoutedCall, { result: 'refused' }>;

function refuse(invite: ReceivedInvite, call: ReadCall, routed: Refused, receivedAt: number, deps: InviteDeps): void {
  const { code, callId, parties } = routed;
  const { status, headers } = refusalReply(code, callId);
  const { requires } = call.facts;
  // RFC 3261 §8.2.2.3: a 420 names what was not understood.
  const unsupported = code === 'extension_unsupported' && requires !== undefined ? { Unsupported: requires } : {};
  invite.reply(status, { headers: callId === null ? headers : { ...headers, ...unsupported, Server: SERVER } });
  if (parties === null) {
    deps.run.metrics.stranger(String(status));
    return;
  }
  deps.run.metrics.setup(parties.direction, (performance.now() - receivedAt) / 1000);
  deps.run.metrics.ended({ direction: parties.direction, outcome: 'refused', reason: code });
}

/** Asks for credentials, but not without end: who guesses, and who only asks, is ignored after a while (decision C1, rule 7). */
function challenge(invite: ReceivedInvite, call: ReadCall, why: Extract<RoutedCall, { result: 'challenge' }>, deps: InviteDeps): void {
  if (why.failed) countFailure(invite, call.credentials, deps);
  if (!deps.challenges.take(invite.sourceIp)) {
    ignore(invite, 'ignored', deps);
    return;
  }
  deps.run.metrics.stranger('challenge');
  sendChallenge(invite, { stale: why.stale, offer: call.credentials?.offer ?? deps.auth.digest }, deps.auth);
}
