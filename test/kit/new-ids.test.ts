import { expect, test } from 'vitest';
import { isUuid, newIds, timeOfId } from '../../src/kit/ids.ts';

test('ids drawn together are UUIDs of this time, all different and ascending', () => {
  const before = Date.now();
  const ids = [...newIds(3000), ...newIds(1)];
  expect(newIds(0)).toEqual([]);
  expect(new Set(ids).size).toBe(3001);
  expect(ids.slice(0, 3000).toSorted()).toEqual(ids.slice(0, 3000));
  for (const id of ids) {
    expect(isUuid(id)).toBe(true);
    expect(id[14]).toBe('7');
    expect(timeOfId(id)).toBeGreaterThanOrEqual(before);
    expect(timeOfId(id)).toBeLessThanOrEqual(Date.now());
  }
});
