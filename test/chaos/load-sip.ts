import type { IncomingCall } from '../support/sip/incoming-call.ts';
import type { OutgoingCall } from '../support/sip/outgoing-call.ts';
import type { CallNote, Model, NumberNote } from './model.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Places calls that its own parties answer, and writes down what both ends saw. */
export interface SipLoad {
  /** One call, in or out; resolves when both ends are through with it. */
  place(number: NumberNote, direction: CallNote['direction'], random: Random): Promise<void>;
  /** Calls under way. */
  readonly live: () => number;
}

/** How the called party behaves; the caller knows because both are ours. */
interface Script {
  readonly note: CallNote;
  readonly does: 'answer' | 'reject' | 'ring';
  readonly afterMs: number;
  readonly talkMs: number;
  readonly calleeEnds: boolean;
}

const FINAL_MS = 12_000;
const CANCEL_AFTER_MS = 400;
/** Longer than an agent keeps a call waiting for its Redis and lets it ring. */
const LATE_MS = 90_000;
const OUTSIDE = '+44207';

/** Makes the parties of `world` play what `place` asks of them. */
export function createSipLoad(world: World, model: Model, sip: () => { host: string; port: number }): SipLoad {
  const scripts = new Map<string, Script>();
  let live = 0;
  const callee = (call: IncomingCall, ref: string | undefined): void => {
    const script = ref === undefined ? undefined : scripts.get(ref);
    if (script === undefined) {
      call.reject(404);
      return;
    }
    script.note.reached = true;
    const { number, startedAt } = script.note;
    number.lastCallAt = Math.max(number.lastCallAt ?? 0, startedAt);
    void play(call, script);
  };
  world.phone.onInvite((call) => callee(call, /44207[0-9]{7}/.exec(call.request.header('From'))?.[0]));
  for (const carrier of [world.carrier, world.farCarrier]) {
    carrier.onInvite((call) => callee(call, /44207[0-9]{7}/.exec(call.request.uri)?.[0]));
  }
  return {
    live: () => live,
    async place(number, direction, random) {
      const script = newScript(model, number, direction, random);
      scripts.set(script.note.ref, script);
      model.calls.push(script.note);
      number.tried = true;
      live += 1;
      const from = random.chance(0.4) ? world.farCarrier : world.carrier;
      const outside = `+${script.note.ref}`;
      try {
        const call =
          direction === 'inbound'
            ? from.invite({ to: number.e164, from: outside, target: sip() })
            : world.phone.invite({
                to: outside,
                from: number.e164,
                target: sip(),
                ...(number.login === null ? {} : { auth: number.login }),
              });
        script.note.sipCallId = call.callId;
        await follow(call, script);
      } finally {
        live -= 1;
      }
    },
  };
}

function newScript(model: Model, number: NumberNote, direction: CallNote['direction'], random: Random): Script {
  const does = random.chance(0.75) ? 'answer' : random.pick(['reject', 'ring'] as const);
  const talkMs = random.chance(0.1) ? random.int(3000, 9000) : random.int(50, 1500);
  return {
    note: {
      ref: `${OUTSIDE.slice(1)}${model.nextRef()}`,
      direction,
      number,
      startedAt: model.now(),
      minVersion: model.redisMayBeOld ? 0 : number.appliedVersion,
      sipCallId: '',
      reached: false,
      status: 0,
      reason: '',
      callId: '',
      settled: false,
      broken: false,
    },
    does,
    afterMs: random.int(0, 200),
    talkMs,
    calleeEnds: random.chance(0.5),
  };
}

async function play(call: IncomingCall, { does, afterMs, talkMs, calleeEnds }: Script): Promise<void> {
  call.ring();
  await pause(afterMs);
  if (call.canceled || does === 'ring') return;
  if (does === 'reject') return call.reject(486);
  const leg = call.answer();
  if (calleeEnds) {
    await pause(talkMs);
    if (!leg.ended) await leg.bye().catch(() => {});
  }
}

async function follow(call: OutgoingCall, { note, does, talkMs, calleeEnds }: Script): Promise<void> {
  try {
    if (does === 'ring') {
      await Promise.race([call.final(FINAL_MS), pause(CANCEL_AFTER_MS)]);
      call.cancel({ timeoutMs: FINAL_MS }).catch(() => {});
    }
    const final = await call.final(FINAL_MS);
    note.status = final.status;
    note.reason = final.header('X-Dialplane-Reason');
    note.callId = final.header('X-Dialplane-Call-Id');
    if (final.status >= 300) return;
    const leg = call.leg();
    if (calleeEnds) await leg.waitBye(talkMs + FINAL_MS);
    else await pause(talkMs);
    if (!leg.ended) await leg.bye();
  } catch {
    // No answer, or none to the BYE: what the parts of the product make of it is for the checks.
    void hangUp(call);
  }
}

/** A caller who waits no longer hangs up, and so does one who is answered after that: else the party's own ACK keeps a call alive. */
async function hangUp(call: OutgoingCall): Promise<void> {
  call.cancel({ timeoutMs: LATE_MS }).catch(() => {});
  const final = await call.final(LATE_MS).catch(() => undefined);
  if (final === undefined || final.status >= 300 || call.leg().ended) return;
  await call
    .leg()
    .bye()
    .catch(() => {});
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
