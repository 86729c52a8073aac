import { expect, it } from 'vitest';
import type { LocalRecords } from '../../src/app/ports/routing.ts';
import type { Candidate } from '../../src/domain/call.ts';
import { recordRef, type TrunkGroupRecord, type Versioned } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { createTargetGuard } from '../../src/sip/target-guard.ts';

const GROUP: TrunkGroupRecord = {
  kind: 'trunk_group',
  id: newId(),
  name: 'Carrier',
  groupKind: 'carrier',
  accountId: null,
  mode: 'live',
  enabled: true,
  numberFormat: null,
  country: null,
  gateways: [{ id: newId(), uri: 'sip:127.0.0.1:5070', priority: 0, weight: 1, enabled: true }],
};
const hop = { ip: '127.0.0.1', port: 5070, transport: 'udp' } as const;
const candidate: Candidate = {
  trunkGroupId: GROUP.id,
  gatewayId: GROUP.gateways[0]?.id ?? null,
  endpointId: null,
  uri: 'sip:127.0.0.1:5070',
  dialUser: null,
  chosen: true,
  reason: '',
};

/** A copy that knows of the group; current or not. */
function copyOf(current: boolean): LocalRecords {
  const held: Versioned = { version: 1, record: GROUP };
  const of = (ref: string) => (ref === recordRef.trunkGroup(GROUP.id) ? held : undefined);
  let filled = current;
  const source = {
    kind: 'source',
    trunkGroupId: GROUP.id,
    groupKind: 'carrier',
    accountId: null,
    mode: 'live',
    acl: ['127.0.0.1'],
  } as const;
  return {
    peek: (ref) => (filled ? of(ref) : undefined),
    lastKnown: of,
    fill: async () => {
      filled = true;
    },
    learn: () => {},
    sources: () => ({ version: 1, records: [source] }),
    refreshSources: async () => {},
  };
}

it.each([true, false])('lets a call out to a carrier, whether its copy is current (%s) or went after the decision', async (current) => {
  const guard = createTargetGuard({
    local: copyOf(current),
    resolver: { resolve: async () => hop, resolveAll: async () => [hop], failed: () => {}, answered: () => {} },
    ownAddresses: () => [],
    allowedNetworks: [],
    loopbackAllowed: true,
  });
  expect(await guard.refusalOf(candidate, hop)).toBeNull();
  expect(await guard.refusalOf({ ...candidate, trunkGroupId: null, gatewayId: null }, hop)).toBe('gateway_address');
});
