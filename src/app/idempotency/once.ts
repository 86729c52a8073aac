import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Changed } from '../change.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import type { IdempotencySlot, KeptRow } from './idempotency-store.ts';
import { type KeptAnswer, withoutSecrets } from './kept-answer.ts';

/** What keeping answers needs. */
export interface OnceDeps {
  readonly unitOfWork: UnitOfWork;
  readonly sealer: Pick<Sealer, 'seal' | 'unseal'>;
  readonly clock: Clock;
  /** How long an answer is repeated. */
  readonly keepMs: number;
}

/** One request that came with a key. */
export interface KeyedRequest {
  readonly slot: IdempotencySlot;
  /** What is asked for; called only after the whole request was read. */
  readonly fingerprint: () => Buffer;
  /** Names of what the answer tells once. */
  readonly secrets: readonly string[];
}

/** Lets a request have its effect once, however often it comes and whatever crashes (invariant 8). Carried by the actor. */
export interface Once {
  /** Says how the operation answers its change. A change of the request without it is a fault, before it commits. */
  answering(render: (changed: Changed<unknown>, tx: Transaction) => KeptAnswer | Promise<KeptAnswer>): void;
  /** First thing in the transaction of the effect; a refusal ends it. */
  begin(tx: Transaction): Promise<RequestRefusal | null>;
  /** Last thing in it: effect and answer commit together or not at all. */
  keep(tx: Transaction, changed: Changed<unknown>): Promise<void>;
  /** The transaction has committed. */
  committed(): void;
  /** The answer that is kept already; null when there is none; a refusal when the key was used for another request. */
  find(): Promise<Result<KeptAnswer | null, RequestRefusal>>;
  /** What `begin` found instead of an empty slot. */
  found(): Result<KeptAnswer, RequestRefusal> | null;
  /** Keeps the answer of a request that changed nothing in the store. */
  keepAlone(answer: KeptAnswer): Promise<void>;
}

const RUNNING: RequestRefusal = { kind: 'idempotency_conflict' };
const OTHER_REQUEST: RequestRefusal = { kind: 'idempotency_mismatch' };

const isSuccess = ({ status }: KeptAnswer): boolean => status >= 200 && status < 300;

/** Makes the guard of one request with a key. */
export function createOnce(deps: OnceDeps, request: KeyedRequest): Once {
  const { slot } = request;
  const context = `idempotency:${slot.scope}:${slot.mode}:${slot.key}`;
  let render: Parameters<Once['answering']>[0] | null = null;
  let isCommitted = false;
  let other: Result<KeptAnswer, RequestRefusal> | null = null;

  const open = ({ fingerprint, sealedAnswer }: KeptRow): Result<KeptAnswer, RequestRefusal> =>
    fingerprint.equals(request.fingerprint()) ? ok(JSON.parse(deps.sealer.unseal(sealedAnswer, context))) : err(OTHER_REQUEST);

  const write = async (tx: Transaction, answer: KeptAnswer): Promise<void> => {
    const at = deps.clock.now();
    const sealedAnswer = deps.sealer.seal(JSON.stringify(withoutSecrets(answer, request.secrets)), context);
    await tx.idempotency.keep(slot, { fingerprint: request.fingerprint(), sealedAnswer }, at, at + deps.keepMs);
  };

  const begin = async (tx: Transaction): Promise<RequestRefusal | null> => {
    // A second change of the same request: the first one's answer is the request's.
    if (isCommitted) return null;
    // A statement of its own after the claim, in the same trip: it sees what the one before us committed.
    const [isOurs, row] = await Promise.all([tx.idempotency.claim(slot), tx.idempotency.find(slot, deps.clock.now())]);
    if (!isOurs) return RUNNING;
    if (row === null) return null;
    other = open(row);
    return other.ok ? RUNNING : other.error;
  };

  return {
    begin,
    answering(given) {
      render = given;
    },
    async keep(tx, changed) {
      if (isCommitted) return;
      if (render === null) throw new Error('the operation does not say how it answers this change: use answerOnce');
      const answer = await render(changed, tx);
      if (isSuccess(answer)) await write(tx, answer);
    },
    committed() {
      isCommitted = true;
    },
    async find() {
      const row = await deps.unitOfWork.look(({ idempotency }) => idempotency.find(slot, deps.clock.now()));
      return row === null ? ok(null) : open(row);
    },
    found: () => other,
    async keepAlone(answer) {
      if (isCommitted || !isSuccess(answer)) return;
      const stamp = { kind: 'system', id: 'idempotency', accountId: null, requestId: '', ip: null };
      await deps.unitOfWork.change(stamp, async (tx) => {
        if ((await begin(tx)) === null) await write(tx, answer);
        return ok(undefined);
      });
    },
  };
}
