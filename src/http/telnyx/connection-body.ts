import type { Transaction } from '../../app/ports/store.ts';
import type { UpdateTrunkInput } from '../../app/trunk-groups/change-trunk.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import { aniOverrideOf, namedByVendor } from './ani-override.ts';
import { codecPolicyOf } from './connection-codecs.ts';
import type { ConnectionBody } from './connection-fields.ts';
import { given } from './given.ts';
import { ipAuthenticationOf } from './ip-authentication.ts';
import { numberFormatOf, type Sort, targetsOf } from './present-connection.ts';

/** What a body asks of a connection, in the core's words. Refuses two limits where there is one. */
export function inputOf(sealer: Sealer, sort: Sort, body: ConnectionBody): Result<UpdateTrunkInput, RequestRefusal> {
  const { inbound, outbound } = body;
  const limits = [inbound?.channel_limit, outbound?.channel_limit].filter((one) => one !== undefined);
  if (limits.length === 2 && limits[0] !== limits[1]) {
    return err(
      invalidBody(['outbound', 'channel_limit'], 'Both directions share one limit; send the same or one of the two.', 'not_supported'),
    );
  }
  const told = ipAuthenticationOf(sealer, sort === 'address', outbound ?? {});
  if (!told.ok) return told;
  const order = placesIn(sort, body);
  return ok({
    ...given('name', body.connection_name),
    ...given('enabled', body.active),
    ...given('tags', body.tags),
    ...given('numberFormat', numberFormatOf(inbound?.dnis_number_format)),
    ...given('limits', limits[0] === undefined ? undefined : { channelsMax: limits[0] }),
    ...given('codecs', codecPolicyOf(inbound?.codecs)),
    ...given('marks', told.value),
    ...given('defaultCaller', aniOverrideOf(outbound ?? {})),
    ...given('profileExtId', outbound?.outbound_voice_profile_id),
    ...given('arrange', order.length === 0 ? undefined : arrange(sort, order)),
  });
}

/** One of the ids that say in which order a connection's addresses or names are called; null is no wish. */
interface Place {
  readonly key: string;
  readonly extId: string | null;
}

function placesIn(sort: Sort, { inbound }: ConnectionBody): readonly Place[] {
  if (inbound === undefined || sort === 'login') return [];
  const word = sort === 'address' ? ('ip' as const) : ('fqdn' as const);
  const keys = [`default_primary_${word}_id`, `default_secondary_${word}_id`, `default_tertiary_${word}_id`] as const;
  return keys.flatMap((key) => (inbound[key] === undefined ? [] : [{ key, extId: inbound[key] ?? null }]));
}

/** Puts the named ones in front, in their order; the others follow in theirs. */
const arrange =
  (sort: Sort, places: readonly Place[]) =>
  async (tx: Transaction, group: TrunkGroup, now: number): Promise<Result<void, RequestRefusal>> => {
    const parts = targetsOf(sort, await tx.trunkParts.ofGroup(group.id));
    const named: TrunkPart[] = [];
    for (const { key, extId } of places) {
      if (extId === null) continue;
      const part = parts.find((one) => one.extId === extId);
      if (part === undefined) return err(invalidBody(['inbound', key], 'Is not one of this connection.', 'not_found'));
      named.push(part);
    }
    const ordered = [...named, ...parts.filter((part) => !named.includes(part))];
    for (const [index, part] of ordered.entries()) {
      const priority = index + 1;
      if (part.priority !== priority) await tx.trunkParts.save({ ...part, priority, updatedAt: now });
    }
    return ok(undefined);
  };

/** What a body names and the account does not have is a bad field, not an unknown path. */
export function namedInBody<T>(done: Result<T, RequestRefusal>): Result<T, RequestRefusal> {
  if (done.ok) return done;
  if (done.error.kind !== 'not_found') return err(namedByVendor(done.error));
  if (done.error.resource === 'outbound_profile') {
    return err(invalidBody(['outbound', 'outbound_voice_profile_id'], 'No such outbound voice profile of yours.', 'not_found'));
  }
  return done;
}
