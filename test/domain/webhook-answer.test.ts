import { describe, expect, it } from 'vitest';
import { readWebhookAnswer } from '../../src/domain/webhook-answer.ts';

const target = { uri: 'sip:desk@pbx.example' };
const many = (count: number) => ({ targets: Array.from({ length: count }, () => target) });

describe('the answer of an endpoint’s webhook', () => {
  it.each<[unknown, object]>([
    [{ targets: [target] }, { targets: [{ ...target, priority: 10, weight: 1 }] }],
    [{ targets: [{ number: '+4930123456', priority: 0, weight: 0 }] }, { targets: [{ e164: '+4930123456', priority: 0, weight: 0 }] }],
    [many(10), { targets: Array.from({ length: 10 }, () => ({ ...target, priority: 10, weight: 1 })) }],
    [{ reject: 'busy' }, { reject: 'busy' }],
    [{ reject: 'declined' }, { reject: 'declined' }],
    [{ reject: 'unavailable' }, { reject: 'unavailable' }],
  ])('%j is understood', (body, word) => {
    expect(readWebhookAnswer(JSON.stringify(body))).toEqual(word);
  });

  it.each<unknown>([
    null,
    [],
    {},
    'targets',
    { targets: [] },
    many(11),
    { targets: target },
    { targets: [target], reject: 'busy' },
    { targets: [target], more: 1 },
    { targets: ['sip:desk@pbx.example'] },
    { targets: [{}] },
    { targets: [{ ...target, number: '+4930123456' }] },
    { targets: [{ ...target, header: 'X: y' }] },
    { targets: [{ uri: 'http://pbx.example' }] },
    { targets: [{ uri: 'sip:desk@pbx.example\r\nX: y' }] },
    { targets: [{ uri: `sip:${'a'.repeat(300)}@pbx.example` }] },
    { targets: [{ uri: 'sip:a@b?Replaces=c' }] },
    { targets: [{ uri: 'sip:a@b;transport=wss' }] },
    { targets: [{ number: '0049' }] },
    { targets: [{ number: 4930123456 }] },
    { targets: [{ ...target, priority: -1 }] },
    { targets: [{ ...target, weight: 1.5 }] },
    { targets: [{ ...target, weight: 65_536 }] },
    { targets: [target, { uri: 'nothing' }] },
    { reject: 'constructor' },
    { reject: 486 },
  ])('%j is none', (body) => {
    expect(readWebhookAnswer(JSON.stringify(body))).toBeNull();
  });

  it('what is no JSON is none', () => {
    for (const text of ['', '{', 'sip:desk@pbx.example', '{"targets":[{"uri":"sip:a@b"}]} trailing'])
      expect(readWebhookAnswer(text)).toBeNull();
  });
});
