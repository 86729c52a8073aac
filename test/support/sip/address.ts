/** The parts of a SIP URI this test party needs; `port` is undefined when the URI names none. */
export interface SipUri {
  readonly scheme: string;
  readonly user: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: ReadonlyMap<string, string>;
}

/** A From, To, Contact, Route or Record-Route value: display name, URI and header parameters. */
export interface NameAddress {
  readonly display: string;
  readonly uri: string;
  readonly params: ReadonlyMap<string, string>;
}

/** Splits at `separator`, leaving quoted strings and angle brackets whole. */
export function splitOutside(value: string, separator: string): string[] {
  const parts: string[] = [];
  let quoted = false;
  let angled = false;
  let start = 0;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '<') angled = true;
    else if (!quoted && char === '>') angled = false;
    else if (!quoted && !angled && char === separator) {
      parts.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(value.slice(start).trim());
  return parts;
}

function parseParams(parts: readonly string[]): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    if (equals < 0) params.set(part.toLowerCase(), '');
    else params.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  return params;
}

/** Parses `"Name" <sip:…>;tag=x` or the bare form, whose parameters belong to the header (RFC 3261 §20.10). */
export function parseNameAddress(value: string): NameAddress {
  const open = value.indexOf('<', value.startsWith('"') ? value.indexOf('"', 1) : 0);
  if (open < 0) {
    const [uri = '', ...rest] = value.split(';');
    return { display: '', uri: uri.trim(), params: parseParams(rest) };
  }
  const close = value.indexOf('>', open);
  const rest = splitOutside(value.slice(close + 1), ';').filter((part) => part !== '');
  return { display: value.slice(0, open).trim(), uri: value.slice(open + 1, close), params: parseParams(rest) };
}

/** Parses a SIP or SIPS URI; the header part after `?` is dropped. */
export function parseSipUri(uri: string): SipUri {
  const colon = uri.indexOf(':');
  const [address = '', ...params] = (uri.slice(colon + 1).split('?')[0] ?? '').split(';');
  const at = address.lastIndexOf('@');
  const hostPort = address.slice(at + 1);
  const portAt = hostPort.startsWith('[') ? hostPort.indexOf(']:') + 1 : hostPort.indexOf(':');
  return {
    scheme: uri.slice(0, colon).toLowerCase(),
    user: at < 0 ? '' : address.slice(0, at),
    host: portAt > 0 ? hostPort.slice(0, portAt) : hostPort,
    port: portAt > 0 ? Number(hostPort.slice(portAt + 1)) : undefined,
    params: parseParams(params),
  };
}

/** The `tag` parameter of a From or To value; empty when there is none. */
export function tagOf(value: string | undefined): string {
  return value === undefined ? '' : (parseNameAddress(value).params.get('tag') ?? '');
}
