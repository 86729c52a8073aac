import type { Redis } from 'ioredis';
import type { Bindings, RegisterReply, RegisterRequest } from '../app/ports/bindings.ts';
import { encodeBinding, readBindings } from './binding-codec.ts';
import { READ_BINDINGS, REGISTER } from './bindings-script.ts';
import { keys, remoteId } from './keys.ts';
import type { PlaneView } from './plane-view.ts';
import { headOf } from './record-codec.ts';
import { runScript, runScripts } from './script.ts';
import { listOf } from './strict-json.ts';

/** What the bindings need. */
export interface BindingsDeps {
  readonly redis: Redis;
  /** Under which epoch the records of logins were read; of no use to who only reads bindings. */
  readonly plane: Pick<PlaneView, 'marker'>;
  /** Milliseconds by which the time of bindings is ahead of Redis' own; 0 when absent. */
  readonly aheadMs?: () => number;
}

const NONCE_SECONDS_MAX = 86_400;
const REPLY_MAX = 20_000;

/** Builds the bindings. Times are Redis' own. What they throw is Redis not answering: the REGISTER may then have been taken or not. */
export function createBindings(deps: BindingsDeps): Bindings {
  const { redis, aheadMs = () => 0 } = deps;
  return {
    async register(request) {
      const { names, args } = scriptInput(request, deps.plane.marker?.epoch ?? 0, aheadMs());
      return readReply(await runScript(redis, REGISTER, names, args), request);
    },
    async read(logins) {
      const calls = logins.map(({ credential }) => ({ keys: [keys.bindings(credential)], args: [aheadMs()] }));
      const replies = await runScripts(redis, READ_BINDINGS, calls);
      return replies.map((reply, at) => {
        const [now, ...fields] = listOf(reply, REPLY_MAX, 'bindings');
        const found = readBindings(now, fields, logins[at]?.login ?? '');
        // A clock that was put ahead makes bindings older than the streams they came by.
        return aheadMs() === 0 ? found : found.map(({ ageMs: _age, ...binding }) => binding);
      });
    },
    forget: (credential, id) => drop(redis, keys.bindings(credential), keys.liveBindings(credential), id),
    async count() {
      const [seconds] = await redis.time();
      const now = Number(seconds) * 1000 + aheadMs();
      const pipeline = redis.pipeline();
      for (const key of keys.allLiveBindings()) pipeline.zcount(key, now, '+inf');
      const replies = (await pipeline.exec()) ?? [];
      return replies.reduce((sum, [error, count]) => {
        if (error !== null) throw error;
        return sum + Number(count);
      }, 0);
    },
  };
}

/** Forgets one binding of a login, or all; resolves with how many there were. */
async function drop(redis: Redis, key: string, live: string, id: string | undefined): Promise<number> {
  const ids = id === undefined ? await redis.hkeys(key) : [id];
  if (ids.length === 0) return 0;
  const members = ids.map((one) => key + one);
  const replies =
    (await redis
      .multi()
      .hdel(key, ...ids)
      .zrem(live, ...members)
      .exec()) ?? [];
  for (const [error] of replies) if (error !== null) throw error;
  return Number(replies[0]?.[1] ?? 0);
}

function scriptInput(request: RegisterRequest, epoch: number, aheadMs: number): { names: string[]; args: (string | number)[] } {
  const { credential, nonce, login, contacts } = request;
  const names = [
    keys.bindings(credential),
    keys.registerNonce(credential, nonce?.id ?? '-'),
    keys.record(credential),
    keys.liveBindings(credential),
  ];
  const args: (string | number)[] = [
    headOf(epoch, request.version),
    nonce === null ? '' : nonce.count,
    nonce === null ? '' : Math.min(Math.max(Math.ceil(nonce.ttlSeconds), 1), NONCE_SECONDS_MAX),
    aheadMs,
    login,
    request.ask,
    remoteId(request.callId),
    request.cseq,
    request.contactsMax,
  ];
  for (const contact of contacts) args.push(remoteId(contact.key), contact.expiresSeconds * 1000, encodeBinding(contact));
  return { names, args };
}

function readReply(reply: unknown, { login }: RegisterRequest): RegisterReply {
  const [result, now, ...fields] = listOf(reply, REPLY_MAX, 'answer to a REGISTER');
  switch (result) {
    case 'ok':
      return { result, bindings: readBindings(now, fields, login) };
    case 'stale':
    case 'replay':
    case 'out_of_order':
    case 'full':
      return { result };
    default:
      throw new Error('the bindings gave an unknown answer');
  }
}
