import { createRequire } from 'node:module';
import { expect } from 'vitest';

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: drachtio-srf's parser has no types.
type Read = any;
const SipMessage = require('drachtio-srf/lib/sip-parser/message') as new (text: string) => Read;
const { getParser } = require('drachtio-srf/lib/sip-parser/parser') as {
  getParser(name: string): (data: { s: string; i: number }) => unknown;
};

/** What an application's drachtio-srf makes of these bytes; throws where it could not read a header of theirs that it has a parser for. */
export function readBySrf(bytes: Buffer): Read {
  const message = new SipMessage(bytes.toString());
  for (const [name, value] of Object.entries<string>(message.headers)) {
    // Refused by its own parser: an application asks for this header with `get`.
    if (value === '' || name === 'authentication-info') continue;
    const parsed = name === 'contact' && value === '*' ? value : getParser(name)({ s: value, i: 0 });
    expect(parsed, name).toBeDefined();
  }
  return message;
}
