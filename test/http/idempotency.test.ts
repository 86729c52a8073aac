import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/app/actor.ts';
import type { Changed } from '../../src/app/change.ts';
import { canonicalJson, fingerprintOf } from '../../src/app/idempotency/fingerprint.ts';
import { withoutSecrets } from '../../src/app/idempotency/kept-answer.ts';
import type { Once } from '../../src/app/idempotency/once.ts';
import { answerOnce } from '../../src/http/idempotency-answer.ts';
import { hashedBody } from '../../src/http/idempotency-stream.ts';
import { ok } from '../../src/kit/result.ts';

describe('canonical JSON', () => {
  it.each([
    [{ b: 1, a: { d: [2, 1], c: null } }, '{"a":{"c":null,"d":[2,1]},"b":1}'],
    [{ a: undefined, b: 'é"' }, '{"b":"é\\""}'],
    [JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
    [[], '[]'],
    [undefined, 'null'],
    ['x', '"x"'],
  ])('%j', (value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  it('tells apart what is nested otherwise', () => {
    expect(fingerprintOf(['a', ['b']])).not.toEqual(fingerprintOf([['a'], 'b']));
    expect(fingerprintOf(['a'])).toHaveLength(32);
  });
});

describe('secrets', () => {
  it.each([
    [{ a: 's', b: 1 }, ['a'], { a: null, b: 1, secret_already_shown: true }],
    [{ data: { p: 's' }, p: 't' }, ['p'], { data: { p: null, secret_already_shown: true }, p: null, secret_already_shown: true }],
    [{ list: [{ p: 's', q: 1 }, 1, null] }, ['p', 'x'], { list: [{ p: null, q: 1, secret_already_shown: true }, 1, null] }],
    [{ b: 1 }, ['a', 'c'], { b: 1 }],
    [{ a: null }, ['a'], { a: null }],
    [null, ['a'], null],
  ])('%j without %j', (body, secrets, expected) => {
    expect(withoutSecrets({ status: 201, body }, secrets)).toEqual({ status: 201, body: expected });
  });

  it('are not looked for in text', () => {
    expect(() => withoutSecrets({ status: 200, text: 'x' }, ['a'])).toThrow('must be JSON');
  });
});

describe('a hashed body', () => {
  it('hands on what it hashes, in any pieces', async () => {
    const body = hashedBody(Readable.from([Buffer.from('a'), Buffer.from('bc')], { objectMode: false }));
    expect(() => body.digest()).toThrow('not read to its end');
    const chunks: Buffer[] = [];
    for await (const chunk of body.readable) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('abc');
    expect(body.digest()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('leaves its source whole when nobody reads on', async () => {
    const source = Readable.from(
      Array.from({ length: 100 }, () => Buffer.alloc(1000)),
      { objectMode: false },
    );
    const { readable } = hashedBody(source);
    for await (const _ of readable.iterator({ destroyOnReturn: false })) break;
    readable.destroy();
    await new Promise((resolve) => readable.once('close', resolve));
    expect(source.destroyed).toBe(false);
    let rest = 0;
    for await (const chunk of source) rest += chunk.length;
    expect(rest).toBeGreaterThan(0);
  });

  it('breaks with its source', async () => {
    const source = new Readable({ read() {} });
    const { readable } = hashedBody(source);
    source.push('a');
    const reading = (async () => {
      for await (const _ of readable) source.destroy(new Error('gone'));
    })();
    await expect(reading).rejects.toThrow('gone');
    expect(readable.errored).not.toBeNull();
  });
});

describe('answerOnce', () => {
  const changed: Changed<{ id: number }> = { value: { id: 1 }, versions: [], propagation: 'applied' };
  const actorWith = (once: Partial<Once>): Actor => ({ once }) as Actor;

  it('is loud when the kept answer tells of another change than the real one', async () => {
    const actor = actorWith({
      answering(render) {
        void render({ ...changed, value: { id: 2 } }, {} as Parameters<typeof render>[1]);
      },
    });
    await expect(
      answerOnce(
        actor,
        async () => ok(changed),
        ({ value }) => ({ status: 201, body: value }),
      ),
    ).rejects.toThrow('another change');
  });

  it('answers without a key as with one', async () => {
    const answer = await answerOnce(
      {} as Actor,
      async () => ok(changed),
      ({ value }) => ({ status: 201, body: value }),
    );
    expect(answer).toEqual(ok({ status: 201, body: { id: 1 } }));
  });
});
