import { UNLIMITED } from '../domain/lease.ts';
import type { TrunkGroupRecord } from '../domain/records.ts';
import { packId, unpackId } from './packed-id.ts';
import { packLimits, readLimits } from './packed-target.ts';
import { lineText, listOf, orNull } from './strict-json.ts';

/** The outbound profile of a trunk group as it is in its record. */
export const packProfile = (profile: TrunkGroupRecord['profile']): unknown[] | undefined =>
  profile === undefined ? undefined : [packId(profile.id), packLimits(profile.limits) ?? null];

/** A profile as a member of its record; throws BadValue on what is none. */
export const readProfile = (value: unknown): Pick<TrunkGroupRecord, 'profile'> => {
  const [profileId, limits] = orNull(value, (present) => listOf(present, 2, 'profile')) ?? [];
  if (profileId === undefined) return {};
  return { profile: { id: unpackId(lineText(profileId, 80, 'id')), limits: readLimits(limits).limits ?? UNLIMITED } };
};
