import { describe, expect, it } from 'vitest';
import { decideAssign, decideUnassign } from '../../src/domain/holder-change.ts';
import { CLEAN_SLATE, handOver, isForSaleTo, type PhoneNumber } from '../../src/domain/number.ts';
import { decideCancelRelease, decideRelease, decideReleased } from '../../src/domain/number-release.ts';
import { activate, giveBack } from '../../src/domain/order-create.ts';
import { numberRecord } from '../../src/domain/render-record.ts';

const NOW = 1_700_000_000_000;
const COOL_OFF = 1000;
const HOLDER = { ownerAccountId: 'owner', subAccountId: 'sub' };

const number = (changes: Partial<PhoneNumber> = {}): PhoneNumber => ({
  id: 'number',
  extId: '1',
  e164: '+442071838750',
  mode: 'live',
  country: 'GB',
  type: 'local',
  region: null,
  capabilities: ['voice'],
  setupFeeMinor: 100,
  monthlyFeeMinor: 200,
  currency: 'USD',
  carrierTrunkGroupId: null,
  holder: HOLDER,
  lifecycle: 'active',
  suspendedBy: ['tenant'],
  availableAt: 5,
  lastHolder: null,
  allowInbound: false,
  allowOutbound: true,
  endpointId: 'endpoint',
  trunkGroupId: null,
  tags: ['tag'],
  customerReference: 'reference',
  deletionLock: false,
  lastCallAt: null,
  purchasedAt: 7,
  version: 3,
  createdAt: 1,
  updatedAt: 2,
  ...changes,
});
const facts = (liveCalls: number) => ({ liveCalls, coolOffMs: COOL_OFF, nowMs: NOW });
const stocked = { ...CLEAN_SLATE, holder: null, lastHolder: HOLDER, lifecycle: 'available', purchasedAt: null } as const;
const given = { version: 4, updatedAt: NOW };

describe('releasing a number', () => {
  it.each([
    ['never called', null, 0, { ...stocked, ...given, availableAt: null }],
    ['called long ago', NOW - COOL_OFF, 0, { ...stocked, ...given, availableAt: null }],
    ['called within its cool-off', NOW - COOL_OFF + 1, 0, { ...stocked, ...given, availableAt: NOW + 1 }],
    [
      'in a call',
      NOW,
      1,
      { ...CLEAN_SLATE, ...given, holder: HOLDER, lastHolder: null, lifecycle: 'releasing', availableAt: null, purchasedAt: 7 },
    ],
  ] as const)('%s, it goes where decision B6 says', (_what, lastCallAt, liveCalls, expected) => {
    const before = number({ lastCallAt });
    expect(decideRelease(before, facts(liveCalls))).toEqual({ ok: true, value: { ...before, ...expected } });
  });

  it.each([
    ['nobody holds it', { holder: null, lifecycle: 'available' }, 'not_found'],
    ['it is being given back already', { lifecycle: 'releasing' }, 'not_found'],
    ['it is locked', { deletionLock: true }, 'locked'],
  ] as const)('is refused when %s, live calls or not', (_what, changes, kind) => {
    for (const liveCalls of [0, 1]) expect(decideRelease(number(changes), facts(liveCalls))).toMatchObject({ ok: false, error: { kind } });
  });

  it('is for sale to nobody while it waits, its holder included, and its record refuses calls', () => {
    const waiting = decideRelease(number({ lastCallAt: NOW }), facts(2));
    if (!waiting.ok) throw new Error('refused');
    expect(isForSaleTo(waiting.value, HOLDER, NOW + COOL_OFF)).toBe(false);
    expect(numberRecord(waiting.value)).toMatchObject({ lifecycle: 'releasing', endpointId: null, trunkGroupId: null });
  });
});

describe('the end of a release', () => {
  const waiting = number({ ...CLEAN_SLATE, lifecycle: 'releasing', availableAt: null, lastCallAt: NOW - 10 });

  it('puts the number into stock with what is left of its cool-off, its holder the last one', () => {
    const released = decideReleased(waiting, facts(0));
    expect(released).toEqual({ ok: true, value: { ...waiting, ...stocked, ...given, availableAt: NOW - 10 + COOL_OFF } });
    if (released.ok) expect(numberRecord(released.value)).toBeNull();
  });

  it('is refused while calls go on, and for a number that is not being given back', () => {
    expect(decideReleased(waiting, facts(1))).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    for (const lifecycle of ['active', 'pending', 'available'] as const)
      expect(decideReleased({ ...waiting, lifecycle }, facts(0))).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
  });
});

describe('a release with a window', () => {
  const terms = { windowMs: 100, quarantineMs: 1000 };
  const release = (liveCalls: number) => {
    const decided = decideRelease(number({ lastCallAt: NOW - COOL_OFF }), { ...facts(liveCalls), terms });
    if (!decided.ok) throw new Error('refused');
    return decided.value;
  };

  it('waits in nobody’s stock until the window ends, live calls or not', () => {
    for (const liveCalls of [0, 2]) {
      expect(release(liveCalls)).toMatchObject({ lifecycle: 'releasing', availableAt: NOW + 100, holder: HOLDER, endpointId: null });
      expect(isForSaleTo(release(liveCalls), HOLDER, NOW + 50)).toBe(false);
    }
  });

  it('can be taken back until then and not after; what it was routed to stays gone', () => {
    const waiting = release(0);
    const back = decideCancelRelease(waiting, NOW + 99);
    expect(back).toMatchObject({
      ok: true,
      value: { lifecycle: 'active', availableAt: null, holder: HOLDER, endpointId: null, version: 5 },
    });
    expect(decideCancelRelease(waiting, NOW + 100)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    for (const changes of [{}, { lifecycle: 'releasing' }, { lifecycle: 'available', availableAt: NOW + 5 }] as const)
      expect(decideCancelRelease(number(changes), NOW)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
  });

  it.each([
    ['never called', { availableAt: null }, 0, { lifecycle: 'available', holder: null, availableAt: null }],
    ['cooling since before its order', { availableAt: NOW + 9 }, 0, { lifecycle: 'available', holder: null, availableAt: NOW + 9 }],
    ['in a call of the holder before', {}, 1, { lifecycle: 'releasing', holder: HOLDER, availableAt: null }],
  ] as const)(
    'is none for a number that was ordered only: %s, it has nothing to come back to (invariant 7)',
    (_what, at, liveCalls, expected) => {
      const ordered = number({ lifecycle: 'pending', purchasedAt: null, ...at });
      const released = decideRelease(ordered, { ...facts(liveCalls), terms });
      expect(released).toMatchObject({ ok: true, value: { ...CLEAN_SLATE, ...expected, purchasedAt: null } });
      if (released.ok) expect(decideCancelRelease(released.value, NOW)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
    },
  );

  it('is never taken back for a number that nobody paid for', () => {
    const unpaid = { ...release(0), purchasedAt: null };
    expect(decideCancelRelease(unpaid, NOW + 1)).toMatchObject({ ok: false, error: { kind: 'wrong_state' } });
  });

  it('ends in a quarantine or in the cool-off, whichever lasts longer', () => {
    const end = (lastCallAt: number) =>
      decideReleased({ ...release(0), lastCallAt }, { ...facts(0), terms: { windowMs: 0, quarantineMs: 1000 } });
    expect(end(NOW - COOL_OFF)).toMatchObject({ ok: true, value: { lifecycle: 'available', availableAt: NOW + 1000 } });
    expect(end(NOW)).toMatchObject({ ok: true, value: { availableAt: NOW + Math.max(COOL_OFF, 1000) } });
  });
});

describe('what the platform and unpaid fees put on a number', () => {
  const limits = { channelsMax: 2, perSecondMax: null };
  const before = number({ suspendedBy: ['billing', 'platform', 'tenant'], limits });
  const kept = { suspendedBy: ['billing', 'platform'], limits };
  const move = { coolOff: { result: 'allowed' }, force: false, nowMs: NOW } as const;

  it('outlives a release that is taken back; what is unpaid ends with the release', () => {
    const waiting = decideRelease(before, { ...facts(0), terms: { windowMs: 100, quarantineMs: 0 } });
    expect(waiting).toMatchObject({ ok: true, value: { lifecycle: 'releasing', ...kept } });
    if (!waiting.ok) throw new Error('refused');
    expect(decideCancelRelease(waiting.value, NOW + 1)).toMatchObject({ ok: true, value: { lifecycle: 'active', ...kept } });
    const gone = decideReleased(waiting.value, facts(0));
    expect(gone).toMatchObject({ ok: true, value: { lifecycle: 'available', suspendedBy: ['platform'] } });
    expect(gone.ok && gone.value.limits).toBeUndefined();
  });

  it('is lifted for a new payer, and not for the one that gives the number back and takes it again', () => {
    const gone = decideRelease(before, facts(0));
    if (!gone.ok) throw new Error('refused');
    const again = handOver(gone.value, { ownerAccountId: HOLDER.ownerAccountId, subAccountId: 'other-sub' }, NOW);
    expect(again).toMatchObject({ lifecycle: 'pending', suspendedBy: ['platform'], limits: undefined });
    expect(handOver(giveBack(again, NOW), HOLDER, NOW).suspendedBy).toEqual(['platform']);
    const stranger = handOver(gone.value, { ownerAccountId: 'stranger', subAccountId: null }, NOW);
    expect(stranger.suspendedBy).toEqual([]);
    // An order of somebody else that came to nothing lifts nothing; one that came to something does.
    expect(handOver(giveBack(stranger, NOW), HOLDER, NOW).suspendedBy).toEqual(['platform']);
    const used = activate(stranger, { trunkGroup: null, customerReference: null, billingGroupId: null }, NOW);
    const usedUp = decideRelease(used, facts(0));
    expect(usedUp.ok && handOver(usedUp.value, HOLDER, NOW)).toMatchObject({ suspendedBy: [], suspensionAside: undefined });
    // What the platform says against an order that waits is about who ordered, not about the holder before.
    const clean = handOver({ ...gone.value, suspendedBy: [] }, { ownerAccountId: 'stranger', subAccountId: null }, NOW);
    const refused = giveBack({ ...clean, suspendedBy: ['platform'] }, NOW);
    expect(handOver(refused, HOLDER, NOW).suspendedBy).toEqual([]);
  });

  it('goes along from a parent to its sub-account and back', () => {
    expect(decideUnassign(before, move)).toMatchObject({ ok: true, value: { number: kept } });
    const own = { ...before, holder: { ...HOLDER, subAccountId: null } };
    expect(decideAssign(own, 'sub', move)).toMatchObject({ ok: true, value: { number: kept } });
  });
});
