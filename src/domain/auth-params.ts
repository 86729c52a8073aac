import { err, ok, type Result } from '../kit/result.ts';

/** Parameters of a Digest header by lower-case name, quotes and quoted-pairs undone. */
export type AuthParams = Readonly<
  Partial<Record<'username' | 'realm' | 'nonce' | 'uri' | 'response' | 'cnonce' | 'nc', string>> & Record<string, string | undefined>
>;

const HEADER_MAX = 2048;
const VALUE_MAX = 512;
const PARAMS_MAX = 24;
const SCHEME = 'digest';

const isBlank = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n';

// RFC 3261 §25.1 token.
const isToken = (char: string): boolean => /^[A-Za-z0-9\-.!%*_+`'~]$/.test(char);

/** Walks over the header once; `at` only ever grows, so no input costs more than its length. */
class Scanner {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  skipBlanks(): void {
    while (isBlank(this.text[this.at])) this.at += 1;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  token(): string {
    const from = this.at;
    while (this.at < this.text.length && isToken(this.text[this.at] ?? '')) this.at += 1;
    return this.text.slice(from, this.at);
  }

  /** After the opening quote: the content up to the closing one; null when there is none. */
  quotedRest(): string | null {
    let out = '';
    for (; this.at < this.text.length; this.at += 1) {
      const char = this.text[this.at];
      if (char === '"') {
        this.at += 1;
        return out;
      }
      if (char === '\\') this.at += 1;
      out += this.text[this.at] ?? '';
    }
    return null;
  }
}

function readParam(scanner: Scanner): readonly [string, string] | null {
  const name = scanner.token().toLowerCase();
  scanner.skipBlanks();
  if (name === '' || !scanner.take('=')) return null;
  scanner.skipBlanks();
  const wasQuoted = scanner.take('"');
  const value = wasQuoted ? scanner.quotedRest() : scanner.token();
  return value === null || (value === '' && !wasQuoted) || value.length > VALUE_MAX ? null : [name, value];
}

/** Reads `Digest name=value, name="value", …`; another scheme is `not_digest`, anything broken, doubled or too long `malformed`. */
export function readAuthParams(header: string): Result<AuthParams, 'not_digest' | 'malformed'> {
  if (header.length > HEADER_MAX) return err('malformed');
  const scanner = new Scanner(header);
  scanner.skipBlanks();
  if (scanner.token().toLowerCase() !== SCHEME) return err('not_digest');
  const params: Record<string, string> = Object.create(null);
  for (let count = 0; count < PARAMS_MAX; count += 1) {
    scanner.skipBlanks();
    const param = readParam(scanner);
    if (param === null || params[param[0]] !== undefined) return err('malformed');
    params[param[0]] = param[1];
    scanner.skipBlanks();
    if (scanner.done) return ok(params);
    if (!scanner.take(',')) return err('malformed');
  }
  return err('malformed');
}
