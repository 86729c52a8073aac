import type { AuthCheck } from '../app/calls/incoming-call.ts';
import type { Bindings, FlowKeeper, RegisterReply } from '../app/ports/bindings.ts';
import type { RegisteredSenders } from '../app/ports/registered-senders.ts';
import type { LocalRecords, RecordReader } from '../app/ports/routing.ts';
import { type Binding, isSender, loginMark } from '../domain/binding.ts';
import { type CredentialRecord, isInForce, type RecordRef } from '../domain/records.ts';
import { type RegistrationSettings, readRegister } from '../domain/registration.ts';
import type { Clock } from '../kit/clock.ts';
import type { KeyedTokenBuckets } from '../kit/keyed-token-buckets.ts';
import type { Logger } from '../kit/log.ts';
import { type AuthenticateDeps, type ReceivedCredentials, readCredentials } from './authenticate.ts';
import type { BanGuard } from './ban-guard.ts';
import { sendChallenge } from './challenge.ts';
import { countFailure } from './count-failure.ts';
import { keepFlows } from './nat-flow.ts';
import { newBindings } from './new-bindings.ts';
import { confirmRegister } from './register-reply.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { parseAddress, parseUri } from './sip-uri.ts';
import type { TargetGuard } from './target-guard.ts';
import type { TargetResolver } from './targets.ts';

export interface RegisterDeps {
  readonly auth: AuthenticateDeps;
  readonly local: LocalRecords;
  readonly reader: Pick<RecordReader, 'read'>;
  readonly bindings: Bindings;
  readonly flows: FlowKeeper;
  readonly senders: Pick<RegisteredSenders, 'note'>;
  /** Whether calls of this trunk group come from where its logins registered. */
  readonly isTrunk: (trunkGroupId: string) => boolean;
  readonly guard: TargetGuard;
  readonly resolver: TargetResolver;
  readonly settings: RegistrationSettings;
  readonly failures: KeyedTokenBuckets;
  readonly challenges: KeyedTokenBuckets;
  readonly bans: Pick<BanGuard, 'isBanned' | 'failed' | 'passed'>;
  /** Product time, which logins end by. */
  readonly clock: Clock;
  readonly log: Logger;
}

// A login that changes faster than it can be read is none.
const TRIES_MAX = 3;

/** A REGISTER that came through `server` (RFC 3261 §10.3). Whoever cannot log in learns nothing. */
export async function handleRegister(request: ReceivedRequest, server: string, deps: RegisterDeps): Promise<void> {
  // Not silence: the SIP server would hold the request, and ours has dropped it already.
  if (deps.bans.isBanned(request.sourceIp)) {
    request.reply(403);
    return;
  }
  const credentials = readCredentials(request, deps.auth);
  if (credentials === 'malformed') request.reply(400);
  else if (credentials === null) challenge(request, { stale: false, offer: deps.auth.digest }, deps);
  else if (credentials.holder !== null && !deps.failures.allows(credentials.holder)) tooMany(request);
  else await takeRegister(request, server, credentials, deps);
}

async function takeRegister(request: ReceivedRequest, server: string, credentials: ReceivedCredentials, deps: RegisterDeps): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const found = await lookAt(credentials, deps);
    // Not "wrong": a phone that is told so while Redis is away, or not complete yet, asks its user for another password.
    if (found === undefined) break;
    const { fact, nonce } = credentials.check(found.record);
    if (fact.result !== 'valid' || found.record === null) {
      if (fact.result === 'wrong') countFailure(request, credentials, deps);
      challenge(request, { stale: fact.result === 'stale', offer: credentials.offer }, deps);
      return;
    }
    deps.bans.passed(request.sourceIp);
    const reply = await register(request, server, { credentials, login: { ...found, record: found.record }, nonce }, deps);
    if (reply === 'answered') return;
    if (reply.result !== 'stale') {
      answer(request, reply, credentials, deps);
      return;
    }
    // Read where it is, not taken from what was told: a plane that is not complete says so here.
    deps.local.learn(await deps.reader.read([credentials.credential]));
  }
  tooMany(request, '5');
}

interface Login {
  readonly version: number;
  readonly record: CredentialRecord;
}

interface LoggedIn {
  readonly credentials: ReceivedCredentials;
  readonly login: Login;
  readonly nonce: AuthCheck['nonce'];
}

/** The login as it is known here, null where it is of no use; undefined: nobody can say. */
async function lookAt(credentials: ReceivedCredentials, deps: RegisterDeps) {
  await deps.local.fill([credentials.credential]).catch(() => undefined);
  const held = deps.local.peek(credentials.credential);
  if (held === undefined) return undefined;
  const { version, record } = held;
  return { version, record: record?.kind === 'credential' && isInForce(record, deps.clock.now()) ? record : null };
}

/** Whether the address of record is a name of ours and the login's own (RFC 3261 §10.3 steps 4 and 5); else the status that says no. */
function refusalOfAddress(request: ReceivedRequest, { username }: CredentialRecord, deps: RegisterDeps): 400 | 403 | 404 | null {
  const to = parseUri(parseAddress(request.header('To') ?? '')?.uri ?? '');
  if (to === null) return 400;
  if (!deps.auth.hosts.has(to.host)) return 404;
  return to.user.toLowerCase() === username.toLowerCase() ? null : 403;
}

async function register(
  request: ReceivedRequest,
  server: string,
  { credentials, login, nonce }: LoggedIn,
  deps: RegisterDeps,
): Promise<RegisterReply | 'answered'> {
  const [, cseq] = /^\s*([0-9]{1,10})\s/.exec(request.header('CSeq') ?? '') ?? [];
  const status = cseq === undefined || request.callId === '' ? 400 : refusalOfAddress(request, login.record, deps);
  if (status !== null) return replied(request, status);
  const plan = readRegister(factsOf(request), deps.settings);
  if (plan.ask === 'refuse') return replied(request, plan.status, plan.headers);
  const contacts = await newBindings(request, server, plan, deps);
  if (contacts === 'forbidden') return replied(request, 403);
  const reply = await deps.bindings.register({
    credential: credentials.credential,
    version: login.version,
    login: loginMark(login.record),
    nonce,
    callId: request.callId,
    cseq: Number(cseq),
    ask: plan.ask,
    contacts,
    contactsMax: deps.settings.contactsMax,
  });
  if (reply.result === 'ok' && plan.ask !== 'fetch') {
    keepFlows(server, credentials.credential, reply.bindings, deps);
    await noteSender(request, credentials.credential, login.record, reply.bindings, deps);
  }
  return reply;
}

/** Before the answer, so that the first call finds it. A note that is not made costs the trunk a challenge, not its registration. */
async function noteSender(
  request: ReceivedRequest,
  credential: RecordRef,
  { trunkGroupId }: CredentialRecord,
  bindings: readonly Binding[],
  { senders, isTrunk, log }: RegisterDeps,
): Promise<void> {
  if (trunkGroupId === undefined || !isTrunk(trunkGroupId) || isByProxy(request)) return;
  const { sourceIp: ip, sourcePort: port, transport } = request;
  const here = bindings.filter((binding) => isSender(binding, { ip, port, transport }));
  const ttlMs = Math.max(0, ...here.map(({ remainingMs }) => remainingMs));
  await senders.note({ ip, port, transport }, credential, ttlMs).catch((error: unknown) => {
    log.debug('where a trunk registered could not be noted', { error: String(error) });
  });
}

/** Each proxy on the way adds a Via (RFC 3261 §16.6 step 8), and everybody behind the last one comes from where that is. */
const isByProxy = (request: ReceivedRequest): boolean => (request.header('Via') ?? '').includes(',');

function factsOf(request: ReceivedRequest) {
  const [contact, expires, path, require] = ['Contact', 'Expires', 'Path', 'Require'].map((name) => request.header(name));
  return { contact, expires, path, require };
}

function replied(request: ReceivedRequest, status: number, headers: Readonly<Record<string, string>> = {}): 'answered' {
  request.reply(status, { headers });
  return 'answered';
}

function answer(
  request: ReceivedRequest,
  reply: Exclude<RegisterReply, { result: 'stale' }>,
  { offer }: ReceivedCredentials,
  deps: RegisterDeps,
): void {
  const { result } = reply;
  if (result === 'ok') confirmRegister(request, reply.bindings, deps.auth.now());
  else if (result === 'replay') challenge(request, { stale: true, offer }, deps);
  // RFC 3261 §10.3 step 7 says that what is out of order fails and not with what; §12.2.2 answers it with 500.
  else request.reply(result === 'out_of_order' ? 500 : 403);
}

function challenge(request: ReceivedRequest, why: Parameters<typeof sendChallenge>[1], deps: RegisterDeps): void {
  if (deps.challenges.take(request.sourceIp)) sendChallenge(request, why, deps.auth);
  else tooMany(request);
}

/** Not silence: the SIP server would hold the request for half a minute, and enough of them keep out everybody's calls. */
const tooMany = (request: ReceivedRequest, seconds = '30'): void => request.reply(503, { headers: { 'Retry-After': seconds } });
