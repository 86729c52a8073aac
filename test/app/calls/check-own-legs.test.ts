import { expect, it } from 'vitest';
import { createCheckOwnLegs } from '../../../src/app/calls/check-own-legs.ts';
import { LegNotes } from '../../../src/app/calls/leg-notes.ts';
import type { CallLegs, LegStore } from '../../../src/app/ports/legs.ts';
import { silentLogger } from '../../../src/kit/log.ts';

/** Notes of five calls, written; a round of looking after them with what the SIP server says of each dialog. */
async function open(says: (dialog: string) => 'there' | 'gone' | 'away') {
  const stored = new Map<string, CallLegs>();
  const store: Pick<LegStore, 'write' | 'read'> = {
    write: async (_agentId, kept, gone) => {
      for (const [callId, legs] of kept) stored.set(callId, legs);
      for (const callId of gone) stored.delete(callId);
    },
    read: async () => new Map(stored),
  };
  const notes = new LegNotes(store, 'agent', silentLogger);
  const calls = ['1', '2', '3', '4', '5'];
  for (const call of calls) notes.answered(call, { server: 'server', dialogs: [`${call}a`, `${call}b`] });
  await notes.flush();
  const hungUp: string[] = [];
  const probed: string[] = [];
  const probe = async (_server: string, dialog: string) => {
    probed.push(dialog);
    return says(dialog);
  };
  const hangUp = (callId: string): void => {
    hungUp.push(callId);
    notes.ended(callId);
  };
  const round = createCheckOwnLegs({ agentId: 'agent', legs: store, notes, probe, hangUp, log: silentLogger });
  return { stored, notes, hungUp, probed, round };
}

it('invariant 15: calls whose notes somebody removed are hung up where a dialog of theirs is gone, and noted again where both are there', async () => {
  const { stored, notes, hungUp, probed, round } = await open((dialog) => (dialog === '2b' ? 'gone' : dialog === '3a' ? 'away' : 'there'));
  await round();
  for (const call of ['1', '2', '3']) stored.delete(call);
  await round();
  expect([probed, hungUp]).toEqual([[], []]);
  // One that ended between two looks is nobody's business.
  stored.delete('4');
  notes.ended('5');
  stored.delete('5');
  await round();
  await notes.flush();
  expect(probed).toEqual(['1a', '1b', '2a', '2b', '3a', '3b']);
  expect(hungUp).toEqual(['2']);
  expect([...stored.keys()]).toEqual(['1']);
  await round();
  await notes.flush();
  expect(probed.slice(6)).toEqual(['3a', '3b', '4a', '4b']);
  expect([...stored.keys()].sort()).toEqual(['1', '4']);
  notes.stop();
});
