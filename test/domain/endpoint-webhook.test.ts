import { describe, expect, it } from 'vitest';
import { decideStored, storeDecision } from '../../src/app/calls/stored-decision.ts';
import type { CallRequest, DecisionSettings } from '../../src/domain/call.ts';
import { decideCall } from '../../src/domain/call-decision.ts';
import type { EndpointRoute } from '../../src/domain/endpoint-route.ts';
import type { RecordRef, RouteRecord, Versioned } from '../../src/domain/records.ts';
import type { WebhookFact, WebhookWord } from '../../src/domain/webhook-answer.ts';
import { A, FAR, G, inbound, login, SUB, shown, world } from './call-decision-rows.ts';
import { decide, endpoint, number } from './world.ts';

const route: EndpointRoute = {
  ...{ kind: 'webhook', url: 'https://hooks.example/route', timeoutMs: 1500, cacheSeconds: 60, secretSealed: 's1.secret' },
};
const plan = { kind: 'schedule', timeZone: 'Europe/London', rules: [], otherwise: 'desk' } as const;
const hook = endpoint('desk', { targets: [], route });
const backed = endpoint('desk', { targets: [], route, fallback: { on: ['unreachable'], endpointId: 'spare' } });
const spare = endpoint('spare', { targets: [{ uri: 'sip:spare@pbx.example', priority: 1, weight: 1 }] });
const fact = (word: unknown, more: Partial<WebhookFact> = {}): WebhookFact => ({
  ...{ endpointId: 'desk', called: A, result: 'answered' },
  ...(word === undefined ? {} : { word: word as WebhookWord }),
  ...more,
});
const places = (...uris: string[]) => ({ targets: uris.map((uri, priority) => ({ uri, priority, weight: 1 })) });
const asked = (answers: readonly WebhookFact[], more: Partial<CallRequest> = {}): CallRequest => ({ ...inbound(A), answers, ...more });
const forwards = (e164: string) => ({ targets: [{ e164, priority: 1, weight: 1 }] });

describe('an endpoint with a webhook', () => {
  it('lacks the answer where nobody asked, and says what to ask', () => {
    const records = world([hook]);
    const decision = decideWith(records, { ...inbound(A), privacyId: true });
    expect(decision).toMatchObject({
      outcome: 'need',
      refs: [],
      question: {
        ...{ endpointId: 'desk', accountId: 'acme', endpointAccountId: 'acme' },
        ...{ url: 'https://hooks.example/route', timeoutMs: 1500, cacheSeconds: 60 },
        ...{ secretSealed: 's1.secret', called: A, caller: 'anonymous', direction: 'inbound' },
      },
    });
  });

  it.each<[string, RouteRecord[], readonly WebhookFact[], string]>([
    [
      'rings the places in order',
      [hook],
      [fact(places('sip:a@pbx.example', 'sip:b@pbx.example'))],
      'in sip:a@pbx.example sip:b@pbx.example',
    ],
    ['an address without a user is asked for the number', [hook], [fact(places('sip:pbx.example'))], 'in sip:pbx.example'],
    [
      'an older answer does as well',
      [hook],
      [fact(places('sip:a@pbx.example'), { result: 'cached', why: 'timeout' })],
      'in sip:a@pbx.example',
    ],
    ['busy', [hook], [fact({ reject: 'busy' })], '486 endpoint_busy'],
    ['declined', [hook], [fact({ reject: 'declined' })], '603 endpoint_declined'],
    ['unavailable', [hook], [fact({ reject: 'unavailable' })], '480 endpoint_unavailable'],
    ['no answer and nothing behind it', [hook], [fact(undefined, { result: 'failed', why: 'timeout' })], '480 target_unreachable'],
    ['nobody asked', [hook], [fact(undefined, { result: 'not_asked' })], '480 target_unreachable'],
    [
      'no answer, then its fallback',
      [backed, spare],
      [fact(undefined, { result: 'failed', why: 'bad_answer' })],
      'in sip:spare@pbx.example',
    ],
    ['a call turned away has no fallback', [backed, spare], [fact({ reject: 'busy' })], '486 endpoint_busy'],
    [
      'nor one turned away behind a schedule',
      [endpoint('desk', { ...backed, route: { ...plan, otherwise: 'hall' } }), endpoint('hall', { targets: [], route }), spare],
      [fact({ reject: 'busy' }, { endpointId: 'hall' })],
      '486 endpoint_busy',
    ],
    ['an answer for another number is none', [hook], [fact(places('sip:a@pbx.example'), { called: FAR })], 'need'],
    [
      'a number that may not call out forwards nowhere',
      [hook, number(A, { allowOutbound: false })],
      [fact(forwards(FAR))],
      '403 number_outbound_disabled',
    ],
    ['a number out there is called by the routes', [hook], [fact(forwards(FAR))], 'in c1 c2'],
    ['back to the called number is a circle', [hook], [fact(forwards(A))], '482 loop'],
  ])('%s', (_name, records, answers, expected) => {
    const decision = decideWith(world(records), asked(answers));
    expect(decision.outcome === 'need' ? 'need' : shown(decision)).toBe(expected);
  });

  it('says in its explanation what was answered, and how that was come by', () => {
    const { decision } = decide(world([hook]), asked([fact(places('sip:a@pbx.example'), { result: 'cached', why: 'timeout' })]));
    const step = decision.steps.find((one) => one.step === 'webhook');
    expect(step).toEqual({ step: 'webhook', ok: true, facts: { endpointId: 'desk', result: 'cached', why: 'timeout', targets: 1 } });
  });

  it('of another account is told the caller that was checked, and behind a forward the number that forwards', () => {
    const theirs = endpoint('globex-desk', { accountId: 'globex', targets: [], route });
    const records = world([theirs]);
    const forged = login('alice', FAR, G);
    const onNet = { ...forged, caller: { ...forged.caller, pai: A } };
    const question = { endpointId: 'globex-desk', called: G, caller: A, direction: 'internal' };
    expect(decideWith(records, onNet, { onNet: 'internal' })).toMatchObject({ outcome: 'need', question });
    expect(decideWith(records, { ...onNet, privacyId: true }, { onNet: 'internal' })).toMatchObject({ question: { caller: 'anonymous' } });
    const desk = endpoint('desk', { targets: [], route: { kind: 'forward', e164: G as never } });
    const forwarded = decideWith(world([theirs, desk]), inbound(A), { onNet: 'internal' });
    expect(forwarded).toMatchObject({ outcome: 'need', question: { called: G, caller: A, direction: 'inbound' } });
  });

  it('of a parent is asked for the number of a sub-account as the parent’s endpoint', () => {
    const records = world([
      ...[hook, endpoint('plan', { accountId: 'acme-sub', targets: [], route: plan })],
      number(SUB, { subAccountId: 'acme-sub', endpointId: 'plan' }),
    ]);
    const question = { endpointId: 'desk', accountId: 'acme-sub', endpointAccountId: 'acme', ownerAccountId: 'acme', called: SUB };
    expect(decideWith(records, inbound(SUB))).toMatchObject({ outcome: 'need', question });
  });

  it('reads all numbers it names in one trip', () => {
    const numbers = Array.from({ length: 10 }, (_, at) => `+442079460${100 + at}`);
    const word = { targets: numbers.map((e164, priority) => ({ e164, priority, weight: 1 })) };
    const plain = numbers.map((e164) => number(e164, { endpointId: null, trunkGroupId: 'pbx' }));
    const onNet = { defaultCountry: null, unknownSource: 'drop', onNet: 'internal' } as const;
    const { decision, rounds } = decide(world([hook, ...plain]), asked([fact(word)]), onNet);
    expect(shown(decision)).toBe(`in ${Array(10).fill('p1 p2').join(' ')}`);
    expect(rounds).toBeLessThan(9);
  });

  it('passes no more numbers than a call can hold, whatever further webhooks name', () => {
    const numbers = Array.from({ length: 20 }, (_, at) => `+4420794601${10 + at}`);
    const named = (from: number) => ({ targets: numbers.slice(from, from + 10).map((e164, priority) => ({ e164, priority, weight: 1 })) });
    const records = world([
      ...[hook, endpoint('next', { targets: [], route })],
      ...numbers.map((e164, at) => number(e164, at === 0 ? { endpointId: 'next' } : { endpointId: null, trunkGroupId: 'pbx' })),
    ]);
    const answers = [fact(named(0)), fact(named(10), { endpointId: 'next', called: numbers[0] as string })];
    const decision = decideWith(records, asked(answers), { onNet: 'internal' });
    if (decision.outcome !== 'connect') throw new Error(decision.outcome);
    expect(decision.parties.otherNumberIds).toHaveLength(14);
    expect(decision.steps.filter(({ step, facts }) => step === 'forward' && facts['refusal'] === 'loop')).toHaveLength(6);
  });

  it('is decided again from what was stored with the call, which has the answer and no secret', () => {
    const word = { targets: [...places('sip:a@pbx.example').targets, { e164: FAR, priority: 5, weight: 1 }] };
    const request = asked([fact(word)]);
    const records = world([hook]);
    const { decision } = decide(records, request);
    const read = new Map<RecordRef, Versioned>(
      decision.versions.map(({ record }) => [record, records.get(record) ?? { version: 0, record: null }]),
    );
    const stored = storeDecision(decision, request, read, { defaultCountry: null, unknownSource: 'drop' }, 'normal');
    expect(stored).not.toContain('s1.secret');
    expect(shown(decideStored(stored).decision)).toBe(shown(decision));
    expect(shown(decision)).toBe('in sip:a@pbx.example c1 c2');
  });
});

const decideWith = (records: ReturnType<typeof world>, request: CallRequest, more: Partial<DecisionSettings> = {}) =>
  decideCall(
    request,
    { get: (ref) => records.get(ref) ?? { version: 0, record: null } },
    { defaultCountry: null, unknownSource: 'drop', ...more },
  );
