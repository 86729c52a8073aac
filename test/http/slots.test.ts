import { expect, it } from 'vitest';
import { createSlots } from '../../src/http/slots.ts';

/** What has come of a wait by now. */
function watch<T>(work: Promise<T>): { value: T | 'waits' } {
  const seen: { value: T | 'waits' } = { value: 'waits' };
  void work.then((value) => {
    seen.value = value;
  });
  return seen;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('nobody holds more than half of the slots: others get theirs at once, and who waited gets the next', async () => {
  const slots = createSlots({ countMax: 4, waitMs: 60_000 });
  const [first] = await Promise.all([slots.take('slow'), slots.take('slow')]);
  const third = watch(slots.take('slow'));
  const others = await Promise.all([slots.take('a'), slots.take('b')]);
  expect(others).not.toContain(null);
  const late = watch(slots.take('c'));
  await turn();
  expect([third.value, late.value]).toEqual(['waits', 'waits']);
  others[0]?.();
  await turn();
  // The slow one waits for one of its own.
  expect([third.value, late.value]).toEqual(['waits', expect.any(Function)]);
  first?.();
  await turn();
  expect(third.value).toEqual(expect.any(Function));
});

it('who waits too long gets none, nor does one more than a hundred that wait', async () => {
  const slots = createSlots({ countMax: 1, waitMs: 1 });
  const release = await slots.take('a');
  expect(await slots.take('a')).toBeNull();
  const patient = createSlots({ countMax: 1, waitMs: 60_000 });
  await patient.take('a');
  const waiting = Array.from({ length: 100 }, () => watch(patient.take('b')));
  expect(await patient.take('c')).toBeNull();
  expect(new Set(waiting.map(({ value }) => value))).toEqual(new Set(['waits']));
  release?.();
  expect(await slots.take('b')).not.toBeNull();
});

it('a slot that is given back twice is one slot', async () => {
  const slots = createSlots({ countMax: 2, waitMs: 1 });
  const mine = await slots.take('a');
  await slots.take('b');
  mine?.();
  mine?.();
  expect(await slots.take('c')).not.toBeNull();
  expect(await slots.take('d')).toBeNull();
});
