import type { Endpoint } from '../../domain/endpoint.ts';
import type { GatewayTerms } from '../../domain/gateway-terms.ts';
import { recordRef } from '../../domain/records.ts';
import { endpointRecord } from '../../domain/render-record.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { ok } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import { endpointSecretContext } from '../endpoints/endpoint-secret.ts';
import type { ActorStamp, PageRequest, Transaction, UnitOfWork } from '../ports/store.ts';
import { sealHa1, unsealHa1 } from '../sip-credentials/ha1.ts';
import { sealPassword, unsealPassword } from '../sip-credentials/password.ts';
import { saveLogin } from '../sip-credentials/save-login.ts';
import { openCarrierPassword, sealCarrierPassword } from '../trunk-groups/carrier-login.ts';
import { publishTrunkGroup } from '../trunk-groups/check-trunk-group.ts';
import { secretContext } from '../webhooks/webhook-secret.ts';

export interface ResealDeps {
  readonly unitOfWork: UnitOfWork;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How many rows were sealed anew, how many no key opens, and what nobody here can say anew; those stay as they are. */
export interface Resealed {
  readonly logins: number;
  readonly trunkGroups: number;
  readonly webhooks: number;
  /** That ask webhooks of their own. */
  readonly endpoints: number;
  readonly unreadable: number;
  /** Ids of trunk groups whose token an earlier key has marked: without that key nobody knows it, and only its text makes another mark. */
  readonly tokens: readonly string[];
}

type Counts = { -readonly [K in Exclude<keyof Resealed, 'tokens'>]: number } & { readonly tokens: string[] };

/** One kind of row with secrets; `anew` gives it back sealed with the key of today, the same where it is already, and throws without a key. */
interface Kind<T> {
  readonly name: Exclude<keyof Resealed, 'unreadable' | 'tokens'>;
  list(tx: Transaction, page: PageRequest): Promise<readonly T[]>;
  lock(tx: Transaction, id: string): Promise<T | null>;
  anew(sealer: Sealer, row: T): T;
  save(tx: Transaction, row: T, now: number): Promise<unknown>;
  /** Whether it holds a fingerprint of an earlier key. */
  isMarkedBefore?(sealer: Sealer, row: T): boolean;
}

const PAGE = 100;
const STAMP: ActorStamp = { kind: 'system', id: 'reseal', accountId: null, requestId: 'reseal', ip: null };

/**
 * Seals what earlier keys sealed with the key of today: SIP logins, carriers' logins, secrets of webhooks and of endpoints. A hundred rows a transaction,
 * whose records the relay tells agents of; begun again it goes on with what is left. Stored answers are left: they end by themselves.
 */
export async function reseal(deps: ResealDeps, progress: (so: Resealed) => void): Promise<Resealed> {
  const so: Counts = { logins: 0, trunkGroups: 0, webhooks: 0, endpoints: 0, unreadable: 0, tokens: [] };
  await resealKind(deps, LOGINS, so, progress);
  await resealKind(deps, TRUNK_GROUPS, so, progress);
  await resealKind(deps, WEBHOOKS, so, progress);
  await resealKind(deps, ENDPOINTS, so, progress);
  await deps.unitOfWork.change(STAMP, async (tx) => {
    await tx.audit({ action: 'secrets.reseal', resource: 'secrets', accountId: null, before: null, after: so });
    return ok(null);
  });
  return so;
}

async function resealKind<T extends { readonly id: string; readonly createdAt: number }>(
  deps: ResealDeps,
  kind: Kind<T>,
  so: Counts,
  progress: (so: Resealed) => void,
): Promise<void> {
  for (let after: PageRequest['after'] = null; ; ) {
    const done = await deps.unitOfWork.change(STAMP, async (tx) => {
      const rows = await kind.list(tx, { limit: PAGE, after });
      const tokens = rows.filter((row) => kind.isMarkedBefore?.(deps.sealer, row) === true).map(({ id }) => id);
      const found = { anew: 0, unreadable: 0, gone: 0, tokens, last: rows.length < PAGE ? undefined : rows.at(-1) };
      for (const { id } of rows.filter((row) => isStale(deps, kind, row))) found[await resealRow(deps, kind, tx, id)] += 1;
      return ok(found);
    });
    if (!done.ok) throw new Error(`${kind.name} could not be sealed anew`);
    const { anew, unreadable, tokens, last } = done.value.value;
    so[kind.name] += anew;
    so.unreadable += unreadable;
    so.tokens.push(...tokens);
    progress(so);
    if (last === undefined) return;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

/** Without its lock, so that a row that needs nothing costs nothing. */
function isStale<T>({ sealer }: ResealDeps, { anew }: Kind<T>, row: T): boolean {
  try {
    return anew(sealer, row) !== row;
  } catch {
    return true;
  }
}

async function resealRow<T>(
  { sealer, clock, log }: ResealDeps,
  kind: Kind<T>,
  tx: Transaction,
  id: string,
): Promise<'anew' | 'unreadable' | 'gone'> {
  const row = await kind.lock(tx, id);
  if (row === null) return 'gone';
  let sealed: T;
  try {
    sealed = kind.anew(sealer, row);
  } catch (error) {
    log.error('no key opens a secret', { kind: kind.name, id, error: String(error) });
    return 'unreadable';
  }
  if (sealed !== row) await kind.save(tx, sealed, clock.now());
  return 'anew';
}

const LOGINS: Kind<SipCredential> = {
  name: 'logins',
  list: (tx, page) => tx.credentials.list({}, page),
  lock: (tx, id) => tx.credentials.lock(id),
  anew(sealer, login) {
    if (sealer.isCurrent(login.sealedPassword) && sealer.isCurrent(login.sealedHa1)) return login;
    const sealedPassword = sealPassword(sealer, login.id, unsealPassword(sealer, login));
    return { ...login, sealedPassword, sealedHa1: sealHa1(sealer, login, unsealHa1(sealer, login)) };
  },
  save: saveLogin,
};

function termsAnew<T extends GatewayTerms | undefined>(sealer: Sealer, terms: T): T {
  const login = terms?.login;
  if (terms === undefined || login === undefined || sealer.isCurrent(login.sealedPassword)) return terms;
  const sealedPassword = sealCarrierPassword(sealer, login.username, openCarrierPassword(sealer, login));
  return { ...terms, login: { ...login, sealedPassword } };
}

const TRUNK_GROUPS: Kind<TrunkGroup> = {
  name: 'trunkGroups',
  list: (tx, page) => tx.trunkGroups.list({}, page),
  lock: (tx, id) => tx.trunkGroups.lock(id),
  anew(sealer, group) {
    const terms = termsAnew(sealer, group.terms);
    const gateways = group.gateways.map((gateway) => {
      const own = termsAnew(sealer, gateway.terms);
      return own === undefined || own === gateway.terms ? gateway : { ...gateway, terms: own };
    });
    const isSame = terms === group.terms && gateways.every((gateway, index) => gateway === group.gateways[index]);
    return isSame ? group : { ...group, terms, gateways };
  },
  async save(tx, group, now) {
    const after = { ...group, version: group.version + 1, updatedAt: now };
    await tx.trunkGroups.save(after);
    await publishTrunkGroup(tx, after, { group: true, source: false });
  },
  isMarkedBefore: (sealer, { marks }) => marks?.token !== undefined && !sealer.isCurrentMark(marks.token.fingerprint),
};

const WEBHOOKS: Kind<Webhook> = {
  name: 'webhooks',
  list: (tx, page) => tx.webhooks.list({}, page),
  lock: (tx, id) => tx.webhooks.lock(id),
  anew(sealer, webhook) {
    const { id, secretSealed, previousSecret } = webhook;
    const again = (sealed: string): string =>
      sealer.isCurrent(sealed) ? sealed : sealer.seal(sealer.unseal(sealed, secretContext(id)), secretContext(id));
    const secret = secretSealed === null ? null : again(secretSealed);
    const previous = previousSecret === null ? null : again(previousSecret.sealed);
    if (secret === secretSealed && previous === (previousSecret?.sealed ?? null)) return webhook;
    return {
      ...webhook,
      secretSealed: secret,
      previousSecret: previousSecret === null || previous === null ? null : { ...previousSecret, sealed: previous },
    };
  },
  // Nothing that a client sees has changed: its version stays.
  save: (tx, webhook) => tx.webhooks.save(webhook),
};

const ENDPOINTS: Kind<Endpoint> = {
  name: 'endpoints',
  list: (tx, page) => tx.endpoints.listAfter({}, page),
  lock: (tx, id) => tx.endpoints.lock(id),
  anew(sealer, endpoint) {
    const { route } = endpoint;
    if (route?.kind !== 'webhook' || sealer.isCurrent(route.secretSealed)) return endpoint;
    const context = endpointSecretContext(endpoint.accountId);
    return { ...endpoint, route: { ...route, secretSealed: sealer.seal(sealer.unseal(route.secretSealed, context), context) } };
  },
  async save(tx, endpoint, now) {
    const after = { ...endpoint, version: endpoint.version + 1, updatedAt: now };
    await tx.endpoints.save(after);
    await tx.publish({ ref: recordRef.endpoint(after.id), version: after.version, record: endpointRecord(after) }, after.id);
  },
};
