import { setTimeout as pause } from 'node:timers/promises';
import { call as apiCall } from './api-call.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import type { FleetWorld } from './fleet-load.ts';

/** What changes and reads came to. */
export interface RequestFigures {
  readonly sent: number;
  /** Answers other than 200, and requests that got none: among them those lost on a connection that was closed. */
  readonly failed: readonly string[];
  /** Sent to the other api, because the chosen one did not listen: not one byte was sent (RFC 9110 §9.2.2 lets even a change go on). */
  readonly moved: number;
}

const PROBE_EVERY_MS = 200;
const SEND_EVERY_MS = 100;

/** Changes and reads as a load balancer sends them: in turn to every api whose `/readyz` was 200 when it last looked. */
export function startRequests(fleet: Fleet, world: FleetWorld): { finish(): Promise<RequestFigures> } {
  const figures = { sent: 0, failed: [] as string[], moved: 0 };
  const ended = new AbortController();
  const backends = fleet.of('api');
  const ready = new Set(backends);
  const send = async (turn: number): Promise<void> => {
    figures.sent += 1;
    // As balancers do: when none seems ready, all are tried.
    const chosen = ready.size > 0 ? [...ready] : backends;
    for (const at of chosen.keys()) {
      const why = await sendOnce(chosen[(turn + at) % chosen.length] as FleetMember, world, turn);
      if (why === undefined) return;
      if (why !== 'ECONNREFUSED') return void figures.failed.push(why);
      figures.moved += 1;
    }
    figures.failed.push('no api listens');
  };
  const sending = (async () => {
    const pending: Promise<void>[] = [];
    for (let turn = 0; !ended.signal.aborted; turn += 1) {
      pending.push(send(turn));
      await pause(SEND_EVERY_MS);
    }
    await Promise.all(pending);
  })();
  const probing = backends.map(async (api) => {
    while (!ended.signal.aborted) {
      if ((await api.readyz()) === 200) ready.add(api);
      else ready.delete(api);
      await pause(PROBE_EVERY_MS);
    }
  });
  return {
    async finish() {
      ended.abort();
      await Promise.all([sending, ...probing]);
      return figures;
    },
  };
}

/** Every other one is a change. Undefined: answered 200; else why not. */
async function sendOnce(api: FleetMember, world: FleetWorld, turn: number): Promise<string | undefined> {
  const { id } = world.numbers[turn % world.numbers.length] as { id: string };
  const change = turn % 2 === 0;
  const body = change ? { body: { allow_outbound: turn % 4 === 0 } } : {};
  try {
    const answer = await apiCall(api.url(), change ? 'PATCH' : 'GET', `/phone-numbers/${id}`, { key: world.key, ...body });
    return answer.status === 200 ? undefined : `${answer.status} ${answer.text.slice(0, 100)}`;
  } catch (error) {
    return (error as { cause?: { code?: string } }).cause?.code ?? String(error);
  }
}
