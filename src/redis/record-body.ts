import {
  kindOf,
  type Mode,
  type NumberFormat,
  PLATFORM_ROUTE_SET,
  type RecordKind,
  type RecordOf,
  type RecordRef,
  type RouteRecord,
  type SuspendedBy,
} from '../domain/records.ts';
import { packCaller, readCaller } from './packed-caller.ts';
import { packEndpointRoute, packFallback, readEndpointUse, readRing } from './packed-endpoint.ts';
import { packId, unpackId } from './packed-id.ts';
import { packLogins, readLogins } from './packed-logins.ts';
import { packMarks, readMarks } from './packed-marks.ts';
import { packProfile, readProfile } from './packed-profile.ts';
import { packRoute, readDestinations, readRoute } from './packed-route.ts';
import { packGateway, packLimits, readGateway, readLimits, readTarget } from './packed-target.ts';
import { readTerms } from './packed-terms.ts';
import { anyText, BadValue, lineText, listOf, type Members, oneOf, orNull, wholeNumber } from './strict-json.ts';

/**
 * The bodies of records: members of one letter, what has its usual value left out, what the reference says not repeated.
 * Readers trust nothing (a Redis is easier to write to than a Postgres) but pass over members they do not know, so that a
 * newer writer may add some during a rolling upgrade.
 */
type Body = Record<string, unknown>;

interface BodyFormat<K extends RecordKind> {
  write(record: RecordOf<K>): Body;
  /** `name` is the reference without its kind. */
  read(body: Members, name: string): RecordOf<K>;
}

const NAME_MAX = 255;
const LIST_MAX = { targets: 1000, gateways: 1000, routes: 100_000, acl: 50_000 } as const;
const SUSPENDERS: Record<string, SuspendedBy> = { t: 'tenant', p: 'platform', b: 'billing' };
const LIFECYCLES = { a: 'active', p: 'pending', s: 'suspended', r: 'releasing' } as const;
const FORMATS: Record<string, NumberFormat> = { e: 'e164', p: 'e164_plus', n: 'national' };
const id = (value: unknown): string => unpackId(lineText(value, 80, 'id'));
const idOrNull = (value: unknown): string | null => orNull(value, id);
const packOrNothing = (value: string | null): string | undefined => (value === null ? undefined : packId(value));
const flag = (value: unknown): boolean => orNull(value, (present) => wholeNumber(present, 0, 1, 'flag')) === 1;
const flagOf = (set: boolean): 1 | undefined => (set ? 1 : undefined);
const modeOf = (value: unknown): Mode => (flag(value) ? 'test' : 'live');
const groupKindOf = (value: unknown): 'carrier' | 'customer' => (flag(value) ? 'customer' : 'carrier');
const countryOf = (value: unknown): string | null =>
  orNull(value, (present) => {
    const text = lineText(present, 2, 'country');
    if (!/^[A-Z]{2}$/.test(text)) throw new BadValue('country');
    return text;
  });

/** A member that is left out where it has no value. */
const memberOf = <K extends string, V>(key: K, value: V | null): { readonly [P in K]?: V } =>
  value === null ? {} : ({ [key]: value } as { readonly [P in K]: V });

/** The word behind a letter. */
function wordFor<T extends string>(letters: Readonly<Record<string, T>>, letter: string): T {
  const word = Object.hasOwn(letters, letter) ? letters[letter] : undefined;
  if (word === undefined) throw new BadValue('letter');
  return word;
}

/** The letter for a word. */
const letterFor = (letters: Readonly<Record<string, string>>, word: string): string | undefined =>
  Object.keys(letters).find((letter) => letters[letter] === word);

const number: BodyFormat<'number'> = {
  write: (record) => ({
    i: packId(record.id),
    o: packId(record.ownerAccountId),
    s: packOrNothing(record.subAccountId),
    l: record.lifecycle === 'active' ? undefined : letterFor(LIFECYCLES, record.lifecycle),
    b: record.suspendedBy.map((by) => letterFor(SUSPENDERS, by)).join('') || undefined,
    f: (record.allowInbound ? 1 : 0) + (record.allowOutbound ? 2 : 0),
    e: packOrNothing(record.endpointId),
    t: packOrNothing(record.trunkGroupId),
    w: packLimits(record.limits),
    v: record.limits?.minutesPerDayMax ?? undefined,
  }),
  read(body, name) {
    const [mode = '', e164 = ''] = name.split(':');
    if (!/^\+[0-9]{1,15}$/.test(e164)) throw new BadValue('number');
    const flags = wholeNumber(body.f, 0, 3, 'flags');
    return {
      kind: 'number',
      id: id(body.i),
      e164,
      mode: oneOf(mode, ['live', 'test'], 'mode'),
      ownerAccountId: id(body.o),
      subAccountId: idOrNull(body.s),
      lifecycle: wordFor(LIFECYCLES, orNull(body.l, (present) => anyText(present, 1, 'lifecycle')) ?? 'a'),
      suspendedBy: [...(orNull(body.b, (present) => anyText(present, 3, 'suspenders')) ?? '')].map((by) => wordFor(SUSPENDERS, by)),
      allowInbound: (flags & 1) !== 0,
      allowOutbound: (flags & 2) !== 0,
      endpointId: idOrNull(body.e),
      trunkGroupId: idOrNull(body.t),
      ...readLimits(body.w, body.v ?? null),
    };
  },
};

const endpoint: BodyFormat<'endpoint'> = {
  write: (record) => ({
    a: packId(record.accountId),
    x: flagOf(record.status === 'inactive'),
    t: record.targets.map((target) => [target.uri, target.priority, target.weight]),
    r: record.ring?.[0],
    v: packEndpointRoute(record.route),
    b: packFallback(record.fallback),
  }),
  read: (body, name) => ({
    kind: 'endpoint',
    id: name,
    accountId: id(body.a),
    status: flag(body.x) ? 'inactive' : 'active',
    targets: listOf(body.t, LIST_MAX.targets, 'targets').map((item) => {
      const [uri, priority, weight] = listOf(item, 3, 'target');
      return readTarget(uri, priority, weight);
    }),
    ...readRing(body.r),
    ...readEndpointUse(body.v, body.b),
  }),
};

const trunkGroup: BodyFormat<'trunk_group'> = {
  write: (record) => ({
    n: record.name,
    k: flagOf(record.groupKind === 'customer'),
    a: packOrNothing(record.accountId),
    m: flagOf(record.mode === 'test'),
    d: flagOf(!record.enabled),
    f: record.numberFormat === null ? undefined : letterFor(FORMATS, record.numberFormat),
    c: record.country ?? undefined,
    g: record.gateways.map(packGateway),
    l: packLogins(record.logins),
    w: packLimits(record.limits),
    v: record.limits?.minutesPerDayMax ?? undefined,
    x: flagOf(record.receivesOnly === true),
    y: record.terms,
    p: record.destinations?.allowed,
    b: record.destinations?.blocked,
    q: packProfile(record.profile),
    o: packCaller(record.defaultCaller),
  }),
  read: (body, name) => ({
    kind: 'trunk_group',
    id: name,
    name: lineText(body.n, NAME_MAX, 'name'),
    groupKind: groupKindOf(body.k),
    accountId: idOrNull(body.a),
    mode: modeOf(body.m),
    enabled: !flag(body.d),
    numberFormat: orNull(body.f, (present) => wordFor(FORMATS, anyText(present, 1, 'format'))),
    country: countryOf(body.c),
    gateways: listOf(body.g, LIST_MAX.gateways, 'gateways').map(readGateway),
    ...readLogins(body.l),
    ...readLimits(body.w, body.v ?? null),
    ...(flag(body.x) ? { receivesOnly: true as const } : {}),
    ...readTerms(body.y),
    ...readDestinations(body.p, body.b),
    ...readProfile(body.q),
    ...readCaller(body.o),
  }),
};

const expiry = (value: unknown): number => wholeNumber(value, 0, Number.MAX_SAFE_INTEGER, 'expiry');

const credential: BodyFormat<'credential'> = {
  write: (record) => ({
    i: packId(record.id),
    u: record.username,
    r: record.realm,
    a: packId(record.accountId),
    s: packOrNothing(record.subAccountId),
    m: flagOf(record.mode === 'test'),
    e: record.e164 ?? undefined,
    d: flagOf(!record.enabled),
    h: record.sealedHa1,
    g: record.digest ?? undefined,
    t: packOrNothing(record.trunkGroupId ?? null),
    x: record.expiresAt,
    o: packCaller(record.defaultCaller),
  }),
  read: (body) => ({
    kind: 'credential',
    id: id(body.i),
    username: lineText(body.u, NAME_MAX, 'username'),
    realm: lineText(body.r, NAME_MAX, 'realm'),
    accountId: id(body.a),
    subAccountId: idOrNull(body.s),
    mode: modeOf(body.m),
    e164: orNull(body.e, (present) => lineText(present, 16, 'e164')),
    enabled: !flag(body.d),
    sealedHa1: lineText(body.h, 1024, 'sealed HA1'),
    digest: orNull(body.g, (present) => oneOf(present, ['md5', 'sha256', 'both'], 'digest')),
    ...memberOf('trunkGroupId', idOrNull(body.t)),
    ...memberOf('expiresAt', orNull(body.x, expiry)),
    ...readCaller(body.o),
  }),
};

const account: BodyFormat<'account'> = {
  write: (record) => ({
    p: packOrNothing(record.parentId),
    d: flagOf(record.status === 'disabled'),
    c: record.country ?? undefined,
    r: record.routeSetId === PLATFORM_ROUTE_SET ? undefined : packId(record.routeSetId),
    w: packLimits(record.limits),
    v: record.limits?.minutesPerDayMax ?? undefined,
    y: record.destinations?.allowed,
    n: record.destinations?.blocked,
    s: flagOf(record.outboundStopped === true),
  }),
  read: (body, name) => ({
    kind: 'account',
    id: name,
    parentId: idOrNull(body.p),
    status: flag(body.d) ? 'disabled' : 'active',
    country: countryOf(body.c),
    routeSetId: idOrNull(body.r) ?? PLATFORM_ROUTE_SET,
    ...readLimits(body.w, body.v ?? null),
    ...readDestinations(body.y, body.n),
    ...(flag(body.s) ? { outboundStopped: true as const } : {}),
  }),
};

const routeSet: BodyFormat<'route_set'> = {
  write: ({ routes, destinations }) => ({ r: routes.map(packRoute), y: destinations?.allowed, n: destinations?.blocked }),
  read: (body, name) => ({
    kind: 'route_set',
    id: name,
    routes: listOf(body.r, LIST_MAX.routes, 'routes').map(readRoute),
    ...readDestinations(body.y, body.n),
  }),
};

const source: BodyFormat<'source'> = {
  write: (record) => ({
    k: flagOf(record.groupKind === 'customer'),
    a: packOrNothing(record.accountId),
    m: flagOf(record.mode === 'test'),
    l: record.acl,
    w: flagOf(record.watched === true),
    t: packMarks(record.marks),
  }),
  read: (body, name) => ({
    kind: 'source',
    trunkGroupId: name,
    groupKind: groupKindOf(body.k),
    accountId: idOrNull(body.a),
    mode: modeOf(body.m),
    acl: listOf(body.l, LIST_MAX.acl, 'acl').map((entry) => lineText(entry, 128, 'acl entry')),
    ...(flag(body.w) ? { watched: true as const } : {}),
    ...readMarks(body.t),
  }),
};

const FORMAT_OF: { readonly [K in RecordKind]: BodyFormat<K> } = {
  number,
  endpoint,
  trunk_group: trunkGroup,
  credential,
  account,
  route_set: routeSet,
  source,
};

/** The body of a record as plain data for JSON. */
export const writeBody = (record: RouteRecord): Body => (FORMAT_OF[record.kind] as BodyFormat<RecordKind>).write(record as never);

/** The record a body describes; throws BadValue where it does not. */
export function readBody(ref: RecordRef, body: Members): RouteRecord {
  const kind = kindOf(ref);
  return FORMAT_OF[kind].read(body, ref.slice(kind.length + 1));
}
