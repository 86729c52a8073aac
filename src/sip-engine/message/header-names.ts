const KNOWN = `Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Authentication-Info Authorization
Call-ID Call-Info Contact Content-Disposition Content-Encoding Content-ID Content-Language Content-Length Content-Type CSeq Date
Diversion Error-Info Event Expires Feature-Caps Flow-Timer From Geolocation History-Info Identity Identity-Info In-Reply-To Join
Max-Forwards MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity P-Called-Party-ID
P-Charging-Vector P-Preferred-Identity Path Priority Privacy Proxy-Authenticate Proxy-Authorization Proxy-Require RAck Reason
Record-Route Recv-Info Refer-Sub Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces Reply-To Request-Disposition Require
Retry-After Route RSeq Security-Client Security-Server Security-Verify Server Service-Route Session-Expires SIP-ETag SIP-If-Match
Subject Subscription-State Supported Target-Dialog Timestamp To Unsupported User-Agent User-to-User Via Warning WWW-Authenticate`
  .split(/\s/)
  .filter((name) => name !== '');

/** RFC 3261 §7.3.3 and the IANA registry of compact forms. */
const COMPACT = new Map(
  Object.entries({
    a: 'accept-contact',
    b: 'referred-by',
    c: 'content-type',
    d: 'request-disposition',
    e: 'content-encoding',
    f: 'from',
    i: 'call-id',
    j: 'reject-contact',
    k: 'supported',
    l: 'content-length',
    m: 'contact',
    n: 'identity-info',
    o: 'event',
    r: 'refer-to',
    s: 'subject',
    t: 'to',
    u: 'allow-events',
    v: 'via',
    x: 'session-expires',
    y: 'identity',
  }),
);

const ids = new Map<string, string>();
const names = new Map<string, string>();
for (const name of KNOWN) {
  const id = name.toLowerCase();
  ids.set(name, id);
  ids.set(id, id);
  names.set(id, name);
}

/** The id of a registered name, canonical or in lower case; undefined for any other, be it a header name or not. */
export const knownHeaderId = (name: string): string | undefined => ids.get(name);

/** The lower-case long form of a header name: the key by which headers are found. */
export function headerId(name: string): string {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return lower.length === 1 ? (COMPACT.get(lower) ?? lower) : lower;
}

/** True for names no application is shown: drachtio-srf un-escapes them and keeps headers in a plain object, where they could pose as others. */
export const isUnreadableName = (id: string): boolean => id.includes('%') || id === 'constructor' || id === '__proto__';

/** The name to write on the wire: canonical when known, `X-` names as given, others capitalised after each dash. */
export function headerName(given: string): string {
  const id = headerId(given);
  const known = names.get(id);
  if (known !== undefined) return known;
  if (id.startsWith('x-') || given !== id) return given;
  return id
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('-');
}
