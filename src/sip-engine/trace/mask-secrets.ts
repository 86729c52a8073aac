import { isSecretField } from '../../kit/secret-field.ts';

/** What stands for each character of a secret: messages keep their length, so that Content-Length stays right. */
const MASK = '*';

const ANY = /authorization[ \t]*[:\r]|[\r\n](?:a=crypto:|k=|x-[a-z0-9-]{0,60}(?:token|secret|key|auth))/i;
const CREDENTIALS = /^(?:proxy-)?authorization[ \t]*:/i;
const FIELD = /^(x-[a-z0-9-]{1,64})[ \t]*:/i;
const DIGEST = /^[ \t]*digest[ \t]/i;
// Each matches within one parameter, and nothing in them can match in two ways.
const RESPONSE = /([ ,\t](?:response|cnonce)[ \t]*=[ \t]*)("[^"]*"|[^", \t]+)/gi;
// SDP may end its lines with LF alone (RFC 4566 §5).
const KEY_LINE = /^(?:a=crypto:|k=)[^\r\n]*/gim;
const KEY = /(inline:)([^ |;]+)/gi;

const hidden = (text: string): string => MASK.repeat(text.length);
const hiddenBehind = (_all: string, before: string, secret: string): string => before + hidden(secret);

/** A digest's response can be tried out at home against lists of passwords; other schemes are the secret itself. */
function maskCredentials(line: string): string {
  const name = CREDENTIALS.exec(line)?.[0] ?? '';
  const value = line.slice(name.length);
  if (DIGEST.test(value)) return name + value.replace(RESPONSE, hiddenBehind);
  const scheme = value.slice(0, value.length - value.trimStart().length + value.trimStart().search(/[ \t]|$/));
  return name + scheme + hidden(value.slice(scheme.length));
}

const maskKeys = (line: string): string => (/^k/i.test(line) ? `k=${hidden(line.slice(2))}` : line.replace(KEY, hiddenBehind));

/** A SIP message as text with what nobody should read masked: digest responses, tokens, keys of media (RFC 4568, RFC 4566 §5.12). */
export function maskSecrets(message: string): string {
  if (!ANY.test(message)) return message;
  let ofCredentials = false;
  const lines = message.split('\r\n').map((line) => {
    // RFC 3261 §7.3.1: a line that begins with a blank goes on with the one before it.
    if (ofCredentials && /^[ \t]/.test(line)) return line.replace(/[^ \t]/g, MASK);
    const [whole, name = ''] = FIELD.exec(line) ?? [];
    if (whole !== undefined && isSecretField(name)) {
      ofCredentials = true;
      return whole + line.slice(whole.length).replace(/[^ \t]/g, MASK);
    }
    ofCredentials = CREDENTIALS.test(line);
    return ofCredentials ? maskCredentials(line) : line;
  });
  return lines.join('\r\n').replace(KEY_LINE, maskKeys);
}
