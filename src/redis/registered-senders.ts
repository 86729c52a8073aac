import type { Redis } from 'ioredis';
import type { RegisteredSenders } from '../app/ports/registered-senders.ts';
import type { FlowSource } from '../domain/binding.ts';
import { kindOf, type RecordRef } from '../domain/records.ts';
import { keys } from './keys.ts';

const REF_MAX = 600;
const TTL_MS_MAX = 7 * 24 * 3_600_000;

const keyOf = ({ ip, port, transport }: FlowSource): string => keys.registeredFrom(`${transport} ${ip.toLowerCase()} ${port}`);

/** Builds the notes of who registered from where. Throws when Redis does not answer. */
export const createRegisteredSenders = (redis: Redis): RegisteredSenders => ({
  async note(source, credential, ttlMs) {
    if (ttlMs >= 1) await redis.set(keyOf(source), credential, 'PX', Math.min(Math.floor(ttlMs), TTL_MS_MAX));
  },
  async find(source) {
    const found = await redis.get(keyOf(source));
    return found === null || found.length > REF_MAX || kindOf(found as RecordRef) !== 'credential' ? null : (found as RecordRef);
  },
});
