import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Seals small secrets for storage: AES-256-GCM with a key id, bound to what they belong to. */
export interface Sealer {
  /** Seals text; only the same `context` (`sip-password:<id>` and the like) opens it again. Printable, without spaces. */
  seal(text: string, context: string): string;
  /** Opens what was sealed. Throws when key, context or text is another one: a fault, never a client's. */
  unseal(sealed: string, context: string): string;
  /** Whether the key that seals today has sealed it. */
  isCurrent(sealed: string): boolean;
  /** A keyed fingerprint, for what only has to be recognised: the same for the same text, key and context, and nobody gets the text back. */
  fingerprint(text: string, context: string): string;
  /** Whether the key of today has made a fingerprint. */
  isCurrentMark(fingerprint: string): boolean;
  /** Whether a fingerprint is of that text, in time that tells nothing of it; false for one of another key. */
  fits(fingerprint: string, text: string, context: string): boolean;
}

interface DerivedKey {
  readonly id: string;
  readonly key: Buffer;
  readonly marking: Buffer;
}

const VERSION = 's1';
const MARK_VERSION = 'f1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Makes a sealer from SEALING_KEY; keys of `previous` still open what they sealed, so that the key can be changed. */
export function createSealer(sealingKey: string | Uint8Array, previous: readonly (string | Uint8Array)[] = []): Sealer {
  const current = derive(sealingKey);
  const keys = new Map([current, ...previous.map(derive)].map((one) => [one.id, one] as const).reverse());
  const prefix = `${VERSION}.${current.id}.`;
  const markPrefix = `${MARK_VERSION}.${current.id}.`;
  return {
    isCurrent: (sealed) => sealed.startsWith(prefix),
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(context, 'utf8'));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${prefix}${sealed.toString('base64url')}`;
    },
    unseal(sealed, context) {
      const [version, id = '', body = ''] = sealed.split('.', 3);
      const key = keys.get(id)?.key;
      const bytes = Buffer.from(body, 'base64url');
      if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed secret');
      if (key === undefined) throw new Error(`sealed with another key (${id.slice(0, 8)})`);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context, 'utf8')).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    },
    fingerprint: (text, context) => `${markPrefix}${markOf(current, text, context).toString('base64url')}`,
    isCurrentMark: (fingerprint) => fingerprint.startsWith(markPrefix),
    fits(fingerprint, text, context) {
      const [version, id = '', body = ''] = fingerprint.split('.', 3);
      const key = keys.get(id);
      if (version !== MARK_VERSION || key === undefined) return false;
      const [given, made] = [Buffer.from(body, 'base64url'), markOf(key, text, context)];
      return given.length === made.length && timingSafeEqual(given, made);
    },
  };
}

/** HKDF-SHA256 (RFC 5869): SEALING_KEY itself touches no data, and the id tells nothing of the key. */
function derive(sealingKey: string | Uint8Array): DerivedKey {
  const expand = (info: string, bytes: number) => Buffer.from(hkdfSync('sha256', sealingKey, 'dialplane', info, bytes));
  return { id: expand('seal key id', 4).toString('hex'), key: expand('seal key', 32), marking: expand('fingerprint key', 32) };
}

const markOf = ({ marking }: DerivedKey, text: string, context: string): Buffer =>
  createHmac('sha256', marking).update(`${context}\0${text}`, 'utf8').digest();
