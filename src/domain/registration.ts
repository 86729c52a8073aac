import { type AddressValue, parseAddressList } from './address-list.ts';
import { contactUriKey, parseContactUri } from './contact-uri.ts';

/** What a REGISTER said, field by field; absent fields are undefined. */
export interface RegisterFacts {
  readonly contact: string | undefined;
  readonly expires: string | undefined;
  readonly path: string | undefined;
  readonly require: string | undefined;
}

/** How long registrations last and how many of them a login may have. */
export interface RegistrationSettings {
  readonly expiresDefaultSeconds: number;
  readonly expiresSecondsMin: number;
  readonly expiresSecondsMax: number;
  readonly contactsMax: number;
}

/** One contact to be added, refreshed, or removed (`expiresSeconds` 0). */
export interface ContactChange {
  /** Names it among the contacts of its login: its URI, or the instance and flow a phone gave it (RFC 5626 §6). */
  readonly key: string;
  readonly uri: string;
  /** 0 to 1000: higher rings first. */
  readonly q: number;
  readonly expiresSeconds: number;
}

/** What a REGISTER asks for. `path` is the way its proxies want to be gone through, first hop first (RFC 3327). */
export type RegisterPlan =
  | { readonly ask: 'fetch' }
  | { readonly ask: 'clear' }
  | { readonly ask: 'update'; readonly contacts: readonly ContactChange[]; readonly path: readonly string[] };

/** A REGISTER that cannot be taken, and what its answer says beside the status. */
export interface RegisterRefusal {
  readonly ask: 'refuse';
  readonly status: 400 | 403 | 420 | 423;
  readonly headers: Readonly<Record<string, string>>;
}

const CONTACTS_READ_MAX = 32;
const PATH_MAX = 8;
// A field as long as this was cut where it came in: its end is not to be trusted.
const FIELD_MAX = 2047;
const INSTANCE_MAX = 128;
const Q_DEFAULT = 1000;

const refuse = (status: RegisterRefusal['status'], headers: Record<string, string> = {}): RegisterRefusal => ({
  ask: 'refuse',
  status,
  headers,
});

/** Seconds; what cannot be read counts as not said, and what no clock holds as for ever (RFC 3261 §20.19, §25.1). */
function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*[0-9]{1,20}\s*$/.test(text)) return undefined;
  return Math.min(Number(text), 0xffff_ffff);
}

/** `q` in thousandths; what is no q is the default (RFC 3261 §20.10). */
const qOf = (text: string | undefined): number =>
  text !== undefined && /^(0(\.[0-9]{0,3})?|1(\.0{0,3})?)$/.test(text) ? Math.round(Number(text) * 1000) : Q_DEFAULT;

function keyOf(value: AddressValue, uriKey: string): string {
  const instance = value.params['+sip.instance'];
  const flow = value.params['reg-id'];
  // A phone that moved to another flow replaces what it had on the old one (RFC 5626 §6).
  const isFlow = instance !== undefined && instance !== '' && instance.length <= INSTANCE_MAX && /^[0-9]{1,10}$/.test(flow ?? '');
  return isFlow ? `flow ${flow} ${instance}` : `uri ${uriKey}`;
}

/** Option tags of `Require` that we do not know; `path` is the one we do (RFC 3327 §5.3). */
function unsupported(field: string | undefined): string {
  const tags = (field ?? '').split(',', CONTACTS_READ_MAX).map((tag) => tag.trim());
  return tags.filter((tag) => tag !== '' && tag.toLowerCase() !== 'path').join(', ');
}

function changeOf(value: AddressValue, shared: number | undefined, settings: RegistrationSettings): ContactChange | RegisterRefusal {
  const uri = parseContactUri(value.uri);
  if (uri === null) return refuse(400);
  const asked = secondsOf(value.params['expires']) ?? shared ?? settings.expiresDefaultSeconds;
  // Not for an hour and more, whatever the least is set to (RFC 3261 §10.3 step 7).
  if (asked > 0 && asked < settings.expiresSecondsMin && asked < 3600) {
    return refuse(423, { 'Min-Expires': String(settings.expiresSecondsMin) });
  }
  const expiresSeconds = Math.min(asked, settings.expiresSecondsMax);
  return { key: keyOf(value, contactUriKey(uri)), uri: value.uri, q: qOf(value.params['q']), expiresSeconds };
}

function pathOf(field: string | undefined): readonly string[] | null {
  if (field === undefined || field === '') return [];
  const uris = parseAddressList(field, PATH_MAX)?.map(({ uri }) => uri);
  return uris?.every((uri) => parseContactUri(uri) !== null) ? uris : null;
}

const isTooLong = (field: string | undefined): boolean => field !== undefined && field.length > FIELD_MAX;

/**
 * What a REGISTER of somebody who logged in asks for (RFC 3261 §10.3 steps 2, 6 and 7). Whether its contacts still fit beside those
 * that are there, and whether it is not older than they are, is told by the bindings themselves.
 */
export function readRegister(facts: RegisterFacts, settings: RegistrationSettings): RegisterPlan | RegisterRefusal {
  const unknown = unsupported(facts.require);
  if (unknown !== '') return refuse(420, { Unsupported: unknown });
  if (isTooLong(facts.contact) || isTooLong(facts.path)) return refuse(400);
  const shared = secondsOf(facts.expires);
  if (facts.contact === undefined || facts.contact.trim() === '') return { ask: 'fetch' };
  if (facts.contact.trim() === '*') return shared === 0 ? { ask: 'clear' } : refuse(400);
  const values = parseAddressList(facts.contact, CONTACTS_READ_MAX);
  const path = pathOf(facts.path);
  if (values === null || path === null || values.some(({ uri }) => uri === '*')) return refuse(400);
  const contacts = new Map<string, ContactChange>();
  for (const value of values) {
    const change = changeOf(value, shared, settings);
    if ('ask' in change) return change;
    // Said twice: the later one counts.
    contacts.set(change.key, change);
  }
  if ([...contacts.values()].filter(({ expiresSeconds }) => expiresSeconds > 0).length > settings.contactsMax) return refuse(403);
  return { ask: 'update', contacts: [...contacts.values()], path };
}
