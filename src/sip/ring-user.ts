import { type Binding, ringOrder } from '../domain/binding.ts';
import type { Candidate } from '../domain/call.ts';
import { requestUriOf } from '../domain/candidates.ts';
import type { AttemptEnd } from '../domain/failover.ts';
import { type AnsweredAttempt, type AttemptResult, ELSEWHERE } from './attempt.ts';
import type { ReceivedReply, SipServer } from './sip-stack.ts';
import type { TargetResolver } from './targets.ts';
import { hangUp, type Leg, type LegCall, type TryLegDeps, tryLeg } from './try-leg.ts';

export interface RingUserDeps extends TryLegDeps {
  readonly resolver: TargetResolver;
  readonly servers: () => readonly SipServer[];
}

/** What ringing one candidate came to: an answer, or the ends of all its legs and why. */
export interface Rung {
  readonly answer: AnsweredAttempt | null;
  readonly n: number;
  readonly ends: readonly AttemptEnd[];
  readonly whys: readonly string[];
  /** What the last of them refused with. */
  readonly refusal: ReceivedReply | null;
}

/** How often a call may try to reach somebody (ADR 19): phones that ring together are one try, addresses of a name one each. */
export interface Tries {
  used: number;
  readonly max: number;
}

/** What legs are rung with. */
export interface Ringing {
  /** The number of the next attempt of the call. */
  readonly nextN: () => number;
  readonly tries: Tries;
  readonly signal: AbortSignal;
  readonly provisional: (reply: ReceivedReply, isLast: boolean) => void;
  /** The caller may hear its early media: no other candidate can follow, or its terms let it (decision C17). */
  readonly isLast: boolean;
}

/** The server of a binding, null while it is away; a phone on UDP may be asked by any other where nobody knows the one it was. */
function serverOf({ server: wanted, source }: Binding, servers: readonly SipServer[]): SipServer | null {
  const isKnown = servers.some(({ name }) => name === wanted);
  const isMovable = !isKnown && source.transport === 'udp';
  return servers.find(({ name, connected }) => connected && (name === wanted || isMovable)) ?? null;
}

export const isSpent = ({ used, max }: Tries): boolean => used >= max;

/** A registered contact, through the server and the flow it registered over (decision C20). */
function legOf(candidate: Candidate, binding: Binding, { servers, resolver }: RingUserDeps): Leg {
  const { contact, source, path, viaSource, ageMs } = binding;
  const server = serverOf(binding, servers());
  const [first] = path;
  const hop: Leg['hop'] = first === undefined ? async () => source : () => resolver.resolve(first);
  // A phone system that registered is called as a gateway is, with the number; a phone as itself.
  const uri = candidate.gatewayId === null ? contact : requestUriOf({ ...candidate, uri: contact });
  return { candidate, uri, server, hop, onlyByFlow: viaSource, flowAgeMs: ageMs, path };
}

// RFC 3261 §16.7 step 5: a 6xx speaks for the user, whichever phone said it.
const speaksForAll = ({ end }: AttemptResult): boolean => end.outcome === 'cancelled' || (end.sipStatus ?? 0) >= 600;

/** Rings legs together; who answers first has the call, the others hear that it was answered elsewhere. */
export async function ringTogether(call: LegCall, legs: readonly Leg[], ringing: Ringing, deps: TryLegDeps): Promise<Rung> {
  ringing.tries.used += 1;
  const stop = new AbortController();
  const signal = legs.length === 1 ? ringing.signal : AbortSignal.any([ringing.signal, stop.signal]);
  // Early media of several phones in one dialog cannot be told apart: only a last and single one is heard (decision C17).
  const provisional = (reply: ReceivedReply): void => ringing.provisional(reply, ringing.isLast && legs.length === 1);
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  let refusal: ReceivedReply | null = null;
  let isOver = false;
  return await new Promise((resolve, reject) => {
    const ring = async (leg: Leg): Promise<void> => {
      const n = ringing.nextN();
      const result = await tryLeg(call, leg, { n, signal, provisional }, deps);
      if (result.answer !== null) {
        if (isOver) hangUp(result);
        isOver = true;
        // The winner is not kept waiting by others that still look for an address.
        resolve({ answer: result.answer, n, ends: [], whys: [], refusal: null });
        stop.abort(ELSEWHERE);
      } else if (result.end.outcome !== 'cancelled' || ringing.signal.aborted || !stop.signal.aborted) {
        // Whom we stopped for another's word said nothing: the 6xx is the answer, not our CANCEL (RFC 3261 §16.7 step 6).
        ends.push(result.end);
        whys.push(result.why);
        refusal = result.refusal ?? refusal;
        if (speaksForAll(result)) stop.abort();
      }
    };
    const failed = (fault: unknown): void => {
      // A call that was taken goes on; who answers after this would be in a call with nobody.
      if (isOver) deps.log.error('a leg failed beside one that is over', { callId: call.record.callId, error: String(fault) });
      isOver = true;
      reject(fault);
      stop.abort();
    };
    void Promise.all(legs.map((leg) => ring(leg).catch(failed))).then(() => resolve({ answer: null, n: 0, ends, whys, refusal }));
  });
}

/** Rings the contacts of a SIP user in their order until one takes the call, or one says no for all of them. */
export async function ringUser(
  call: LegCall,
  candidate: Candidate,
  bindings: readonly Binding[],
  ringing: Ringing,
  deps: RingUserDeps,
): Promise<Rung> {
  const groups = ringOrder(bindings, candidate.ring ?? 'q');
  const ends: AttemptEnd[] = [];
  const whys: string[] = [];
  for (const [at, group] of groups.entries()) {
    if (ringing.signal.aborted || isSpent(ringing.tries)) break;
    const legs = group.map((binding) => legOf(candidate, binding, deps));
    const rung = await ringTogether(call, legs, { ...ringing, isLast: ringing.isLast && at === groups.length - 1 }, deps);
    if (rung.answer !== null) return rung;
    ends.push(...rung.ends);
    whys.push(...rung.whys);
    if (rung.ends.some(({ outcome, sipStatus }) => outcome === 'cancelled' || (sipStatus ?? 0) >= 600)) break;
  }
  return { answer: null, n: 0, ends, whys, refusal: null };
}
