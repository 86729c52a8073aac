import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSealer } from '../../src/kit/seal.ts';

describe('sealer', () => {
  const sealer = createSealer('key one');

  it('opens what it sealed, in another process too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        expect(createSealer('key one').unseal(sealer.seal(text, context), context)).toBe(text);
      }),
    );
  });

  it('seals the same text differently each time, and shows nothing of it', () => {
    const [a, b] = [sealer.seal('swordfish', 'x'), sealer.seal('swordfish', 'x')];
    expect(a).not.toBe(b);
    expect(a).toMatch(/^s1\.[0-9a-f]{8}\.[\w-]+$/);
    expect(Buffer.from(a, 'base64url').toString('latin1')).not.toContain('swordfish');
  });

  it('does not open for another context, another key, or after any change', () => {
    const sealed = sealer.seal('swordfish', 'sip-password:1');
    expect(() => sealer.unseal(sealed, 'sip-password:2')).toThrow();
    expect(() => createSealer('key two').unseal(sealed, 'sip-password:1')).toThrow(/another key/);
    const bytes = Buffer.from(sealed.split('.')[2]!, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => sealer.unseal(`${sealed.slice(0, 12)}${changed.toString('base64url')}`, 'sip-password:1'), `byte ${at}`).toThrow();
    }
    for (const text of ['', 's1', 's1..', `s2${sealed.slice(2)}`, sealed.slice(0, 20)]) {
      expect(() => sealer.unseal(text, 'sip-password:1')).toThrow();
    }
  });

  it('still opens what an earlier key sealed, and seals with the new one', () => {
    const rotated = createSealer('key two', ['key one']);
    expect(rotated.unseal(sealer.seal('a', 'c'), 'c')).toBe('a');
    expect([rotated.isCurrent(sealer.seal('a', 'c')), rotated.isCurrent(rotated.seal('a', 'c')), rotated.isCurrent('')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(() => sealer.unseal(rotated.seal('a', 'c'), 'c')).toThrow();
    const marks = [sealer.fingerprint('a', 'c'), rotated.fingerprint('a', 'c'), ''];
    expect(marks.map((mark) => [rotated.fits(mark, 'a', 'c'), rotated.isCurrentMark(mark)])).toEqual([
      [true, false],
      [true, true],
      [false, false],
    ]);
  });
});
