import type { Actor } from '../app/actor.ts';
import type { Changed } from '../app/change.ts';
import type { Transaction } from '../app/ports/store.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Answer } from './operation.ts';

/**
 * Runs the change of a POST and answers it. `render` also runs inside the transaction, where the answer is kept for repetitions of
 * the request (decision B14): it must need nothing but the change. `run` must resolve with what its `change` came to.
 */
export async function answerOnce<T>(
  actor: Actor,
  run: () => Promise<Result<Changed<T>, RequestRefusal>>,
  render: (changed: Changed<T>, tx: Transaction | null) => Answer | Promise<Answer>,
): Promise<Result<Answer, RequestRefusal>> {
  let kept: unknown;
  actor.once?.answering((changed, tx) => {
    kept = changed.value;
    return render(changed as Changed<T>, tx);
  });
  const done = await run();
  if (!done.ok) return done;
  if (kept !== undefined && kept !== done.value.value) throw new Error('the kept answer tells of another change than this one');
  return ok(await render(done.value, null));
}
