import { describe, expect, it } from 'vitest';
import type { CallRequest, Connect, Decision } from '../../src/domain/call.ts';
import type { DefaultCaller, DefaultCallerUse } from '../../src/domain/default-caller.ts';
import { explainForTenant } from '../../src/domain/explain-for-tenant.ts';
import { type RouteRecord, recordRef } from '../../src/domain/records.ts';
import { A, A2, exact, FAR, from, G, login, STRANGER, world } from './call-decision-rows.ts';
import { type AxesRow, check, combinations, type Rule } from './decision-table.ts';
import { account, credential, decide, group, number, routeSet, settings } from './world.ts';

const D = '+442071838755';
/** What the trunk group behind a SIP user presents where that says nothing. */
const E = '+442071838756';
/** Numbers of the account that are stopped, and that may not call. */
const [STOPPED, MUTE] = ['+442071838757', '+442071838758'];

const AXES = {
  peer: ['number login', 'trunk', 'shared trunk', 'trunk login', 'user', 'user of a trunk'],
  use: ['none', 'fallback', 'always', 'emergency'],
  says: ['own', 'own, stopped', 'own, may not call', 'its login', 'extension', 'anonymous', 'nothing', 'stranger', 'another account'],
  number: ['usable', 'stopped', 'may not call', 'released', 'pending', 'of another account', 'of the sub-account', 'of the other mode'],
  called: ['far', 'emergency'],
} as const;
type Row = AxesRow<typeof AXES>;

const SAYS: Readonly<Record<Row['says'], string>> = {
  own: A,
  'own, stopped': STOPPED,
  'own, may not call': MUTE,
  'its login': 'desk-7',
  extension: '101',
  anonymous: 'anonymous',
  nothing: '',
  stranger: STRANGER,
  'another account': G,
};

const isEmergency = ({ called }: Row) => called === 'emergency';
const isOwn = ({ peer, says }: Row) => says.startsWith('own') && peer !== 'number login';
const isSilent = ({ says }: Row) => ['its login', 'extension', 'anonymous', 'nothing'].includes(says);
const isNumbers = ({ peer }: Row) => peer === 'number login';
const isNeighbour = ({ peer, says }: Row) => peer === 'shared trunk' && says === 'another account';
const isAsked = (one: Row) =>
  isNumbers(one)
    ? isSilent(one)
    : one.use === 'always' || (one.use === 'emergency' && isEmergency(one)) || (one.use === 'fallback' && !isOwn(one));

const RULES: readonly Rule<Row>[] = [
  // From a block that others call from too, somebody else's number may be somebody else (ADR 23).
  [(one) => isNeighbour(one) && !isEmergency(one), 'challenge'],
  [isNeighbour, 'as sent'],
  [(one) => one.peer === 'user of a trunk' && one.use === 'none', 'as its trunk says'],
  [(one) => isAsked(one) && one.number === 'usable', 'as default'],
  // A number's login has no other: for help it calls with that one whatever it says.
  [(one) => isNumbers(one) && isEmergency(one), 'as default'],
  [(one) => isNumbers(one) && isSilent(one) && one.number === 'stopped', '403 caller_suspended'],
  [(one) => isNumbers(one) && isSilent(one) && one.number === 'may not call', '403 number_outbound_disabled'],
  [isNumbers, '403 caller_not_owned'],
  [({ says }) => says === 'own', 'as sent'],
  [isEmergency, 'as sent'],
  [({ says }) => says === 'own, stopped', '403 caller_suspended'],
  [({ says }) => says === 'own, may not call', '403 number_outbound_disabled'],
  [() => true, '403 caller_not_owned'],
];

function numberOf(state: Row['number']): readonly RouteRecord[] {
  switch (state) {
    case 'usable':
      return [number(D)];
    case 'stopped':
      return [number(D, { suspendedBy: ['tenant'] })];
    case 'may not call':
      return [number(D, { allowOutbound: false })];
    case 'released':
      return [];
    case 'pending':
      return [number(D, { lifecycle: 'pending' })];
    case 'of another account':
      return [number(D, { ownerAccountId: 'globex' })];
    case 'of the sub-account':
      return [number(D, { subAccountId: 'acme-sub' })];
    case 'of the other mode':
      return [number(D, { mode: 'test' })];
  }
}

const FIXED: readonly RouteRecord[] = [number(E), number(STOPPED, { suspendedBy: ['tenant'] }), number(MUTE, { allowOutbound: false })];
const says = (use: DefaultCallerUse | 'none', e164 = D): { readonly defaultCaller?: DefaultCaller } =>
  use === 'none' ? {} : { defaultCaller: { e164, use } };
const pbx = (more: Parameters<typeof group>[1]) => group('pbx', { groupKind: 'customer', accountId: 'acme', ...more });
const CALLED = { far: FAR, emergency: '112' } as const;

function build({ peer, use, says: said, number: state, called }: Row): readonly [CallRequest, readonly RouteRecord[]] {
  const records = [...FIXED, ...numberOf(state)];
  const [to, caller] = [CALLED[called], { from: SAYS[said] }];
  const byLogin = (more: Parameters<typeof credential>[1], ...others: RouteRecord[]) =>
    [login('desk-7', SAYS[said], to), [...records, credential('desk-7', more), ...others]] as const;
  switch (peer) {
    case 'trunk':
      return [from([], to, { caller, sources: [exact('pbx')] }), [...records, pbx(says(use))]];
    case 'shared trunk':
      return [from(['pbx'], to, { caller }), [...records, pbx(says(use))]];
    case 'number login':
      return byLogin({ e164: D });
    case 'trunk login':
      return byLogin({ trunkGroupId: 'pbx' }, pbx(says(use)));
    case 'user':
      return byLogin(says(use));
    case 'user of a trunk':
      return byLogin({ trunkGroupId: 'pbx', ...says(use) }, pbx(says('always', E)));
  }
}

function presentedBy(decision: Decision): string {
  if (decision.outcome === 'challenge') return 'challenge';
  if (decision.outcome === 'reject') return `${decision.sipStatus} ${decision.code}`;
  const { caller } = (decision as Connect).presentation;
  return caller === D ? 'as default' : caller === E ? 'as its trunk says' : 'as sent';
}

/** A call of a phone that has its name in From, in a world with D and more. */
const ask = (records: readonly RouteRecord[], asked: CallRequest, more = {}) =>
  decide(world([number(D), ...records]), asked, { ...settings, ...more });
const connected = (decision: Decision): Connect => {
  if (decision.outcome !== 'connect') throw new Error(presentedBy(decision));
  return decision;
};
const phone = (more: Partial<CallRequest> = {}) => login('desk-7', 'desk-7', FAR, more);
const user = (use: DefaultCallerUse) => credential('desk-7', says(use));

describe('a default caller', () => {
  it('is presented as the rules say: peer × use × what is sent × what became of the number × call', () => {
    const rows = combinations(AXES);
    expect(rows.length).toBeGreaterThan(3000);
    check(rows, RULES, build, presentedBy);
  });

  it('is the number of the call: in its record, held by its lease, and among what the decision rests on', () => {
    const { parties, leases, versions } = connected(ask([user('fallback')], phone()).decision);
    expect(parties).toMatchObject({ caller: D, numberId: `n${D}`, identifiedBy: { kind: 'credential', id: 'c-desk-7' } });
    expect(leases.filter(({ kind }) => kind === 'number')).toMatchObject([{ id: `n${D}` }]);
    expect(versions.map(({ record }) => record)).toContain(recordRef.number('live', D));
  });

  it('costs no trip more than a number that is presented', () => {
    const own = ask([credential('desk-7')], login('desk-7', A, FAR)).rounds;
    for (const use of ['fallback', 'always'] as const) {
      expect(ask([user(use)], phone()).rounds).toBe(own);
      expect(ask([user(use)], login('desk-7', A, FAR)).rounds).toBe(own);
      expect(ask([user(use)], phone({ requestUser: A2, toUser: A2 }), { onNet: 'internal' }).rounds).toBe(
        ask([credential('desk-7')], login('desk-7', A, A2), { onNet: 'internal' }).rounds,
      );
    }
  });

  it('is explained, to its account too, and so is one that is of no use', () => {
    const { decision } = ask([user('fallback')], phone());
    const facts = { caller: D, use: 'fallback', numberId: `n${D}`, refusal: null };
    expect(decision.steps).toContainEqual({ step: 'presented', ok: true, facts });
    const told = explainForTenant(decision, () => undefined).steps;
    expect(told).toContainEqual({ step: 'presented', ok: true, facts });
    expect(told).toContainEqual({ step: 'caller', ok: true, facts: { header: 'From', caller: null, numberId: null, refusal: null } });
    const gone = ask([user('fallback'), number(D, { ownerAccountId: 'globex' })], phone()).decision;
    // Whose it is now is nobody else's to know.
    const refusal = 'caller_not_owned';
    expect(gone.steps).toContainEqual({ step: 'presented', ok: false, facts: { caller: D, use: 'fallback', numberId: null, refusal } });
    const only = ask([credential('desk-7', { e164: D })], phone()).decision;
    expect(only.steps).toContainEqual({ step: 'presented', ok: true, facts: { ...facts, use: 'only' } });
  });

  it('is shown to nobody whose caller asked for that by its From alone, unless help is called', () => {
    const withheld = login('desk-7', 'Anonymous', FAR);
    for (const login_ of [user('fallback'), user('always'), credential('desk-7', { e164: D })]) {
      expect(connected(ask([login_], withheld).decision).presentation).toEqual({ caller: D, privacyId: true });
      expect(connected(ask([login_], phone()).decision).presentation).toEqual({ caller: D, privacyId: false });
      const help = { ...withheld, requestUser: '112', toUser: '112' };
      expect(connected(ask([login_], help).decision).presentation).toEqual({ caller: D, privacyId: false });
    }
  });

  it('is presented on-net to a number, and not to a colleague who is called by name', () => {
    const onNet = { onNet: 'internal', sipDomain: 'sip.example' } as const;
    const more = [user('always'), credential('bob'), account('acme', { country: 'GB' })];
    const inside = connected(ask(more, phone({ requestUser: A, toUser: A }), onNet).decision);
    expect([inside.parties.direction, inside.presentation.caller]).toEqual(['internal', D]);
    const named = connected(ask(more, phone({ requestUser: 'bob', toUser: 'bob' }), onNet).decision);
    expect([named.parties.direction, named.presentation.caller]).toEqual(['internal', 'desk-7']);
  });

  it('of a group says nothing of calls that are transferred: they present the number of their call', () => {
    const transfer = { callId: 'x', accountId: 'acme', subAccountId: null, mode: 'live', e164: A, trunkGroupId: 'pbx' } as const;
    const asked = login('desk-7', A, FAR, { auth: { result: 'none' }, transfer });
    expect(connected(ask([pbx(says('always')), routeSet('acme')], asked).decision).presentation.caller).toBe(A);
  });
});
