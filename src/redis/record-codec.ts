import { kindOf, type RecordKind, type RecordRef, type RouteRecord, recordRef } from '../domain/records.ts';
import { err, ok, type Result } from '../kit/result.ts';
import { readBody, writeBody } from './record-body.ts';
import { BadValue, parseMembers } from './strict-json.ts';

/**
 * A record's value is `epoch.version.body`; a tombstone has no body (decision C7). The head is plain digits so that a script
 * compares it without parsing the rest, however long that is.
 */
export interface StoredRecord {
  readonly epoch: number;
  readonly version: number;
  readonly record: RouteRecord | null;
}

/**
 * Stands for the version of a value nobody can read. No value has it, so a decision that rests on one is never admitted and
 * the call ends as unavailable, not as unknown.
 */
export const UNREADABLE_VERSION = -1;

const HEAD = /^([0-9]{1,10})\.([0-9]{1,15})\./;

const VALUE_LENGTH_MAX: Record<RecordKind, number> = {
  number: 1024,
  endpoint: 1 << 20,
  trunk_group: 1 << 20,
  credential: 8192,
  account: 1024,
  route_set: 16 << 20,
  source: 8 << 20,
};

/** The beginning of a value, by which versions are compared. */
export const headOf = (epoch: number, version: number): string => `${epoch}.${version}.`;

/** The value to store under `ref`; null makes a tombstone. Throws on a record that is not the one `ref` names. */
export function encodeRecord(ref: RecordRef, epoch: number, version: number, record: RouteRecord | null): string {
  if (!Number.isSafeInteger(epoch) || epoch < 1 || epoch > 9_999_999_999) throw new RangeError('epoch is not a positive whole number');
  if (!Number.isSafeInteger(version) || version < 1 || version > 999_999_999_999_999)
    throw new RangeError('version is not a positive whole number');
  if (record === null) return headOf(epoch, version);
  if (refOf(record) !== ref) throw new RangeError(`a record of ${refOf(record)} cannot be stored as ${ref}`);
  const value = headOf(epoch, version) + JSON.stringify(writeBody(record));
  if (value.length > VALUE_LENGTH_MAX[record.kind]) throw new RangeError(`the record ${ref} is too long`);
  return value;
}

/** What a stored value says; the error is the reason why it cannot be used. */
export function decodeRecord(ref: RecordRef, value: string): Result<StoredRecord, string> {
  const head = HEAD.exec(value);
  if (head === null) return err('head');
  if (value.length > VALUE_LENGTH_MAX[kindOf(ref)]) return err('length');
  const stored = { epoch: Number(head[1]), version: Number(head[2]) };
  const body = value.slice(head[0].length);
  if (body === '') return ok({ ...stored, record: null });
  try {
    const record = readBody(ref, parseMembers(body));
    return refOf(record) === ref ? ok({ ...stored, record }) : err('name');
  } catch (error) {
    if (error instanceof BadValue) return err(error.message);
    throw error;
  }
}

/** The reference of a record. */
export function refOf(record: RouteRecord): RecordRef {
  switch (record.kind) {
    case 'number':
      return recordRef.number(record.mode, record.e164);
    case 'endpoint':
      return recordRef.endpoint(record.id);
    case 'trunk_group':
      return recordRef.trunkGroup(record.id);
    case 'credential':
      return recordRef.credential(record.realm, record.username);
    case 'account':
      return recordRef.account(record.id);
    case 'route_set':
      return recordRef.routeSet(record.id);
    case 'source':
      return recordRef.source(record.trunkGroupId);
  }
}
