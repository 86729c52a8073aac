import { parseAclEntry, sourceConflicts } from '../../domain/acl-entry.ts';
import { isTargetUri, TARGET_URI_RULE } from '../../domain/endpoint.ts';
import { type GatewayTerms, mergedTerms, termsMember } from '../../domain/gateway-terms.ts';
import { limitsMember } from '../../domain/lease.ts';
import { recordRef } from '../../domain/records.ts';
import { sourceRecord, trunkGroupRecord } from '../../domain/render-record.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { SourceMarks } from '../../domain/source-marks.ts';
import type { Gateway, TrunkGroup } from '../../domain/trunk-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';

/**
 * Checks what a trunk group says of itself: gateways that can be dialled, ACL entries that parse and clash with nobody. Gateways that
 * it had `before` may stay as they are: what is asked of new ones has become more.
 */
export async function checkTrunkGroup(
  tx: Transaction,
  group: Pick<TrunkGroup, 'kind' | 'accountId' | 'acl' | 'gateways' | 'terms' | 'marks' | 'defaultCaller'>,
  exceptId: string | null,
  before: readonly Pick<Gateway, 'uri'>[] = [],
): Promise<Result<void, RequestRefusal>> {
  if (group.kind === 'customer' && group.accountId === null)
    return err(invalidBody(['account_id'], 'A customer group belongs to an account.', 'missing'));
  const account = group.accountId === null ? null : await tx.accounts.get(group.accountId);
  if (group.accountId !== null && (account === null || account.status === 'closed')) {
    return err(invalidBody(['account_id'], 'No such account.'));
  }
  if (group.kind === 'carrier' && group.defaultCaller !== undefined)
    return err(invalidBody(['default_caller'], 'Only customer groups present a number by themselves.'));
  for (const [index, gateway] of group.gateways.entries()) {
    const isKept = before.some(({ uri }) => uri === gateway.uri);
    if (!isKept && !isTargetUri(gateway.uri)) return err(invalidBody(['gateways', index, 'uri'], TARGET_URI_RULE));
  }
  const unusable = unusableTerms(group) ?? unusableMarks(group);
  if (unusable !== null) return err(unusable);
  for (const [index, entry] of group.acl.entries()) {
    const parsed = parseAclEntry(entry);
    if (!parsed.ok) return err(invalidBody(['acl', index], parsed.error));
  }
  if (group.kind !== 'customer' || group.acl.length === 0) return ok(undefined);
  // Of other accounts only the platform gets here: to tenants they all are one refusal before (`rewriteTrunk`, decision C21).
  // Two groups that claim one address at once queue here: the later one sees the first.
  const others = (await tx.trunkGroups.otherSources(exceptId)).filter((other) => other.kind === 'customer');
  const clash = sourceConflicts(others, group.acl, group.marks);
  return clash === null
    ? ok(undefined)
    : err({
        kind: 'conflict',
        code: 'source_conflict',
        detail: `Customer group ${clash.trunkGroupId} already uses ${clash.entry}; tell them apart by port, transport, token, tech prefix or SIP domain.`,
      });
}

/** Marks of a carrier, which is told by its addresses, and a new token that says nothing. */
function unusableMarks({ kind, marks }: Pick<TrunkGroup, 'kind' | 'marks'>): RequestRefusal | null {
  if (marks !== undefined && kind !== 'customer')
    return invalidBody(['identify_by'], 'Only customer groups are told by more than addresses.');
  const isEmpty = marks?.token?.fingerprint === '';
  return isEmpty ? invalidBody(['identify_by', 'token', 'value'], 'A new token needs its value.', 'missing') : null;
}

/** Terms that nobody could follow: a login that cannot answer, a registration as nobody. */
function unusableTerms({ terms, gateways }: Pick<TrunkGroup, 'terms' | 'gateways'>): RequestRefusal | null {
  const said = [
    { terms, path: [] as (string | number)[] },
    ...gateways.map((one, index) => ({ terms: one.terms, path: ['gateways', index] })),
  ];
  for (const { terms: own, path } of said) {
    if (own?.login?.sealedPassword === '') return invalidBody([...path, 'login', 'password'], 'A new login needs its password.', 'missing');
    const isLost = own?.registerSeconds !== undefined && mergedTerms(own, terms)?.login === undefined;
    if (isLost && path.length > 0) return invalidBody([...path, 'register_seconds'], 'A registration needs a login.');
  }
  const isNobody = terms?.registerSeconds !== undefined && gateways.some((one) => mergedTerms(one.terms, terms)?.login === undefined);
  return isNobody ? invalidBody(['register_seconds'], 'A registration needs a login.') : null;
}

/** Publishes both records of a group: what it dials, and whom it recognises. */
export async function publishTrunkGroup(
  tx: Transaction,
  group: TrunkGroup,
  changed: { readonly group: boolean; readonly source: boolean },
): Promise<void> {
  if (changed.group)
    await tx.publish({ ref: recordRef.trunkGroup(group.id), version: group.version, record: trunkGroupRecord(group) }, group.id);
  if (changed.source)
    await tx.publish({ ref: recordRef.source(group.id), version: group.sourceVersion, record: sourceRecord(group) }, group.id);
}

/** A login that is said again without its password, which nobody can read back, keeps the one it had. */
export function keepPassword(terms: GatewayTerms | undefined, before: GatewayTerms | undefined): GatewayTerms | undefined {
  const had = before?.login;
  if (terms?.login === undefined || terms.login.sealedPassword !== '' || had === undefined || had.username !== terms.login.username)
    return terms;
  return { ...terms, login: { ...terms.login, sealedPassword: had.sealedPassword } };
}

/** A token that is said again without its value, which nobody can read back, keeps the one it had. */
export function keepToken(marks: SourceMarks | undefined, before: SourceMarks | undefined): SourceMarks | undefined {
  const [wanted, had] = [marks?.token, before?.token];
  if (wanted === undefined || wanted.fingerprint !== '' || had?.header.toLowerCase() !== wanted.header.toLowerCase()) return marks;
  return { ...marks, token: { ...wanted, fingerprint: had.fingerprint } };
}

/** Gateways keep their ids when their URI stays, so that metrics and health follow them through a replace. */
export function keepGatewayIds(
  before: readonly Gateway[],
  wanted: readonly Omit<Gateway, 'id'>[],
  newId: () => string,
): readonly Gateway[] {
  const free = [...before];
  return wanted.map(({ uri, priority, weight, enabled, limits, terms }) => {
    const at = free.findIndex((gateway) => gateway.uri === uri);
    // One URI may be listed twice: each of them takes the next id that it had.
    const [kept] = at < 0 ? [] : free.splice(at, 1);
    // In the order of the stored ones, so that equal gateways are equal as text too.
    return {
      id: kept?.id ?? newId(),
      uri,
      priority,
      weight,
      enabled,
      ...limitsMember(limits),
      ...termsMember(keepPassword(terms, kept?.terms)),
    };
  });
}
