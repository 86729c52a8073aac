import { expect, it } from 'vitest';
import type { Actor } from '../../src/app/actor.ts';
import type { Transaction } from '../../src/app/ports/store.ts';
import { answerWarnedOnce } from '../../src/http/admin/answer-change.ts';
import { ok } from '../../src/kit/result.ts';

it('a change that is tried again is answered with the warnings of the attempt that was kept', async () => {
  const tx = {} as Transaction;
  let attempts = 0;
  let render: ((changed: unknown, tx: Transaction) => unknown) | undefined;
  const once = {
    answering(by: typeof render) {
      render = by;
    },
  };
  const changed = { value: {}, versions: [], propagation: 'applied' } as const;
  const run = async () => {
    const kept = [await render?.(changed, tx), await render?.(changed, tx)];
    expect(kept).toMatchObject([{ body: { warnings: [{ code: '1' }] } }, { body: { warnings: [{ code: '2' }] } }]);
    return ok(changed);
  };
  const warn = async () => {
    attempts += 1;
    return [{ code: String(attempts), detail: '' }];
  };
  const reading = { unitOfWork: { read: () => Promise.reject(new Error('asked outside')) } };
  const form = { status: 201, body: () => ({}) } as const;
  const answer = await answerWarnedOnce(reading, { once } as unknown as Actor, run, form, warn);
  expect(answer).toMatchObject({ ok: true, value: { body: { warnings: [{ code: '2' }] } } });
});
