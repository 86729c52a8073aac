import { describe, expect, it } from 'vitest';
import { type ExplainQuestion, explainCall } from '../../../src/app/calls/explain-call.ts';
import type { RecordReader } from '../../../src/app/ports/routing.ts';
import type { RouteRecord, SourceRecord } from '../../../src/domain/records.ts';
import { fixedClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { account, credential, endpoint, gateway, group, number, route, routeSet, worldOf } from '../../domain/world.ts';

const NUMBER = '+442071838750';
const CARRIER: SourceRecord = {
  kind: 'source',
  trunkGroupId: 'carrier',
  groupKind: 'carrier',
  accountId: null,
  mode: 'live',
  acl: ['192.0.2.0/24'],
};
const SITE: readonly RouteRecord[] = [
  account('acme', { routeSetId: 'platform' }),
  number(NUMBER),
  endpoint('desk'),
  group('carrier', { gateways: [gateway('gw')] }),
  routeSet('platform', route('33', 'carrier')),
  credential('alice', { accountId: 'acme' }),
];

async function ask(question: ExplainQuestion, ...changes: RouteRecord[]) {
  const world = worldOf(...SITE, ...changes);
  const asked: string[] = [];
  const reader: RecordReader = {
    read: async (refs) => {
      asked.push(...refs);
      return new Map(refs.map((ref) => [ref, world.get(ref) ?? { version: 0, record: null }]));
    },
    readSources: async () => ({ version: 1, records: [CARRIER] }),
  };
  const deps = { reader, settings: { defaultCountry: null, unknownSource: 'drop' }, clock: fixedClock(1), newId } as const;
  return { answer: await explainCall(question, deps), asked };
}

const source = { ip: '192.0.2.7', port: 5060, transport: 'udp' } as const;

describe('explaining a call nobody placed', () => {
  it('from a carrier address: connects to the endpoint, with the versions it rests on', async () => {
    const { answer } = await ask({ from: '+15550100', to: NUMBER, source });
    expect(answer).toMatchObject({ outcome: 'connect', code: null });
    expect(answer.candidates[0]).toMatchObject({ uri: 'sip:desk@pbx.example', chosen: true });
    expect(answer.versions.map(({ record }) => record)).toContain(`number:live:${NUMBER}`);
  });

  it('says why not, and what to do', async () => {
    const { answer } = await ask({ from: '+15550100', to: NUMBER, source }, number(NUMBER, { allowInbound: false }));
    expect(answer).toMatchObject({ outcome: 'reject', sipStatus: 403, code: 'number_inbound_disabled', remedy: expect.any(String) });
  });

  it('inbound without a source assumes a carrier and says so', async () => {
    const { answer } = await ask({ direction: 'inbound', from: '+15550100', to: NUMBER });
    expect(answer.outcome).toBe('connect');
    expect(answer.steps[0]).toEqual({ step: 'assumed', ok: true, facts: { source: '192.0.2.0/24', trunkGroupId: 'carrier' } });
  });

  it('outbound without a credential assumes the holder of the calling number, who is no record of the answer', async () => {
    const { answer, asked } = await ask({ direction: 'outbound', from: NUMBER, to: '+33142685300' });
    expect(answer.outcome).toBe('connect');
    expect(answer.steps[0]).toMatchObject({ step: 'assumed', facts: { accountId: 'acme' } });
    expect([...asked, ...answer.versions.map(({ record }) => record)].filter((ref) => ref.startsWith('credential'))).toEqual([]);
  });

  it('with a credential goes out by it', async () => {
    const credentials = { realm: 'sip.example', username: 'alice' };
    const { answer } = await ask({ from: '+442079460000', to: '+33142685300', credential: credentials });
    expect(answer).toMatchObject({ outcome: 'reject', code: 'caller_not_owned' });
  });

  it('of a stranger is what a stranger gets', async () => {
    const { answer } = await ask({ from: '+15550100', to: NUMBER, source: { ...source, ip: '198.51.100.1' } });
    expect(answer).toMatchObject({ outcome: 'reject', code: 'authentication_required', sipStatus: 407 });
  });
});
