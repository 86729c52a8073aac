import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/domain/call.ts';
import { placedAttempts, resultOf } from '../../src/domain/past-call.ts';
import { recordRef } from '../../src/domain/records.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';

const gateway = (gatewayId: string, chosen = true): Candidate => ({
  ...{ trunkGroupId: 'group', gatewayId, endpointId: null, dialUser: '+33', chosen, reason: '' },
  uri: `sip:${gatewayId}.example`,
});
const target = (uri: string, dialUser: string | null = null): Candidate => ({
  ...{ trunkGroupId: null, gatewayId: null, endpointId: 'endpoint', dialUser, chosen: true, reason: '' },
  uri,
});
const user = (name: string): Candidate => ({ ...target(`sip:${name}@hq.example`), user: recordRef.credential('hq.example', name) });
const at = (gatewayId: string): [string | null, string] => [gatewayId, 'sip:+33@anywhere'];
const to = (uri: string): [string | null, string] => [null, uri];

describe('attempts beside the candidates of the decision', () => {
  it.each<[string, Candidate[], [string | null, string][], (number | null)[]]>([
    ['each gateway once', [gateway('a'), gateway('b'), gateway('c', false)], [at('a'), at('b')], [1, 2]],
    [
      'several addresses of a gateway, one left out by its health',
      [gateway('a'), gateway('b'), gateway('c')],
      [at('a'), at('a'), at('c')],
      [1, 1, 3],
    ],
    [
      'targets by URI, also one that is asked for the number',
      [target('sip:x@pbx'), target('sip:pbx', '+44')],
      [to('sip:x@pbx'), to('sip:+44@pbx')],
      [1, 2],
    ],
    [
      'the phones of the one SIP user',
      [target('sip:x@pbx'), user('alice')],
      [to('sip:x@pbx'), to('sip:1@10.0.0.1'), to('sip:2@10.0.0.2')],
      [1, 2, 2],
    ],
    ['phones of one of two SIP users', [user('alice'), user('bob')], [to('sip:1@10.0.0.1')], [null]],
    ['a gateway behind phones of one of two', [user('alice'), user('bob'), gateway('a')], [to('sip:1@10.0.0.1'), at('a')], [null, 3]],
    ['a place that a redirect named', [target('sip:x@pbx'), gateway('a')], [to('sip:x@pbx'), to('sip:y@elsewhere'), at('a')], [1, 1, 2]],
    ['one of a call without candidates', [], [to('sip:x@pbx')], [null]],
  ])('%s', (_what, candidates, attempts, places) => {
    const recorded = attempts.map(([gatewayId, uri], index) => ({ n: index + 1, gatewayId, uri, outcome: 'failed', sipStatus: 503 }));
    expect(placedAttempts(candidates, recorded).map(({ place }) => place)).toEqual(places);
  });
});

describe('what became of a call', () => {
  it('is told in the words of the catalogue', () => {
    const { meaning, remedy } = CALL_REFUSALS.no_carrier;
    const ended = { outcome: 'failed', sipStatus: 503, refusalCode: 'no_carrier', endedBy: 'platform' };
    expect(resultOf(ended)).toEqual({ outcome: 'failed', sipStatus: 503, code: 'no_carrier', meaning, remedy, endedBy: 'platform' });
  });

  it('is told as it was written where the code is of another version, and is nothing while the call goes on', () => {
    const ended = { outcome: 'failed', sipStatus: 500, refusalCode: 'toString', endedBy: 'platform' };
    expect(resultOf(ended)).toMatchObject({ code: 'toString', meaning: null, remedy: null });
    expect(resultOf({ outcome: null, sipStatus: null, refusalCode: null, endedBy: null })).toBeNull();
  });
});
