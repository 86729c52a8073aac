import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NOT_CHECKED } from '../../../src/app/calls/decide-at-present.ts';
import { explainCall } from '../../../src/app/calls/explain-call.ts';
import { judgeCall } from '../../../src/app/calls/judge-call.ts';
import type { CallRequest } from '../../../src/domain/call.ts';
import { explainOf } from '../../../src/domain/explain.ts';
import { type RecordRef, recordRef, type SourceRecord, type Versioned } from '../../../src/domain/records.ts';
import { buildSourceIndex } from '../../../src/domain/source-index.ts';
import { worlds } from '../../domain/arbitrary-call.ts';
import { request } from '../../domain/world.ts';

const SETTINGS = { defaultCountry: 'GB', unknownSource: 'drop' } as const;
const AT = 1_750_000_000_000;
const GROUPS = ['carrier', 'carrier2', 'pbx', 'gpbx'] as const;

/** Who is known by an address, as the groups of the world are. */
const sources = fc.uniqueArray(
  fc.record({ id: fc.constantFrom(...GROUPS), acl: fc.constantFrom('192.0.2.0/24', '192.0.2.7', '192.0.2.7:5060/udp', '198.51.100.1') }),
  { maxLength: 4, selector: ({ id }) => id },
);
const said = fc.record({
  to: fc.constantFrom('+442071838750', '+442071838751', '+12025550123', '+4930123456', '02071838750', '112', 'alice'),
  from: fc.constantFrom('+442071838750', '+12025550123', '+33612345678', 'anonymous'),
  login: fc.boolean(),
});

/** Reads of a plane that counts them and knows no writing. */
function readerOf(world: ReadonlyMap<RecordRef, Versioned>, records: readonly SourceRecord[]) {
  return {
    read: async (refs: readonly RecordRef[]) => new Map(refs.map((ref) => [ref, world.get(ref) ?? { version: 0, record: null }])),
    readSources: async () => ({ version: 1, records }),
  };
}

it('invariant 9: an explain of a call that could be placed says what the wire would decide, step by step', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, sources, said, async (world, listed, { to, from, login }) => {
      const records: SourceRecord[] = listed.map(({ id, acl }) => ({
        kind: 'source',
        trunkGroupId: id,
        groupKind: id.includes('pbx') ? 'customer' : 'carrier',
        accountId: id === 'pbx' ? 'acme' : id === 'gpbx' ? 'globex' : null,
        mode: 'live',
        acl: [acl],
      }));
      const source = { ip: '192.0.2.7', port: 5060, transport: 'udp' } as const;
      const credential = { realm: 'sip.example', username: 'alice' };
      const wire: CallRequest = request({
        at: AT,
        ...(login
          ? { sourceIp: '', sourcePort: 0 }
          : { sources: buildSourceIndex(records).match(source.ip, source.port, source.transport) }),
        requestUser: to,
        toUser: to,
        caller: { from },
        auth: login ? { result: 'valid', ...credential } : { result: 'none' },
      });
      const decided = judgeCall(wire, { get: (ref) => world.get(ref) ?? { version: 0, record: null } }, SETTINGS, () => false);
      if (decided.outcome === 'need') throw new Error('everything was at hand');
      const explained = await explainCall(
        { from, to, at: AT, ...(login ? { credential } : { source }) },
        { reader: readerOf(world, records), settings: SETTINGS, clock: { now: () => AT }, newId: () => wire.callId },
      );
      expect(explained).toEqual({ ...explainOf(decided), notChecked: NOT_CHECKED });
    }),
    { numRuns: 1500 },
  );
});

it('says as whom it asked, and leaves what it made up out of the versions', async () => {
  const world = new Map([[recordRef.account('acme'), { version: 3, record: null }]]);
  const deps = { reader: readerOf(world, []), settings: SETTINGS, clock: { now: () => AT }, newId: () => 'id' };
  const explained = await explainCall({ direction: 'outbound', accountId: 'acme', from: '+442071838750', to: '+4930123456' }, deps);
  expect(explained.steps[0]).toEqual({ step: 'assumed', ok: true, facts: { accountId: 'acme', subAccountId: null } });
  expect(explained.versions).toEqual([{ record: 'account:acme', version: 3 }]);
});
