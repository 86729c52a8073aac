import { expect, it } from 'vitest';
import type { CallLegs } from '../../src/app/ports/legs.ts';
import type { Candidate, Connect } from '../../src/domain/call.ts';
import { AnsweredCall } from '../../src/sip/answered-call.ts';
import type { SipDialog, SipServer } from '../../src/sip/sip-stack.ts';

const dialog = (id: string) => ({ id }) as SipDialog;
const completed = { outcome: 'completed', sipStatus: 200, code: null, endedBy: 'platform' } as const;

/** A call of two legs, the second of which was transferred away, and what is heard of it. */
function transferred() {
  const notes: (readonly string[])[] = [];
  const hungUp: string[] = [];
  const decision = { leases: [] as Connect['leases'] } as Connect;
  const parts = { callId: 'call', decision, server: { name: 'server' } as SipServer, hops: [], maxForwards: 70 };
  const legs = { answered: (_callId: string, { dialogs }: CallLegs) => void notes.push(dialogs) };
  const call = new AnsweredCall({ ...parts, candidate: {} as Candidate }, { legs, callMs: 60_000 }, () => {});
  let left = (): void => {};
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const bridge = (name: string) => ({ hangUp: () => void hungUp.push(name) });
  call.holds([dialog('stays'), dialog('leaves')], bridge('old'));
  call.leaves({ dialog: dialog('leaves'), gone, hangUp: () => void hungUp.push('leaves') });
  call.holds([dialog('stays')], bridge('new'));
  return { call, notes, hungUp, gone, left };
}

it('a leg that was transferred away stays noted for whoever ends it should this agent die, until it has hung up', async () => {
  const { notes, gone, left } = transferred();
  expect(notes.at(-1)).toEqual(['stays', 'leaves']);
  left();
  await gone;
  expect(notes.at(-1)).toEqual(['stays']);
});

it('an order hangs such a leg up at once, and the call is gone when it is', async () => {
  const { call, notes, hungUp, gone, left } = transferred();
  call.hangUp(null);
  expect(hungUp.toSorted()).toEqual(['leaves', 'new']);
  const seen: string[] = [];
  const over = call.gone.then(() => seen.push('call'));
  call.ended(completed, Promise.resolve());
  void gone.then(() => seen.push('leg'));
  const noted = notes.length;
  // More turns than it would take without that leg.
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  expect(seen).toEqual([]);
  left();
  await over;
  expect([seen, notes.length]).toEqual([['leg', 'call'], noted]);
});
