/** RFC 3261 §25.1 token. */
const NAME = /^[A-Za-z0-9\-.!%*_+`'~]{1,64}$/;

// What makes a request what it is, routes it, authenticates it or describes its body: never somebody's to write or to pass on.
const OWN = new Set(
  `accept accept-encoding allow allow-events authentication-info authorization call-id contact content-disposition
  content-encoding content-language content-length content-type cseq date encryption event expires from in-reply-to join max-forwards
  mime-version min-expires min-se p-asserted-identity p-preferred-identity path privacy proxy-authenticate proxy-authorization
  proxy-require rack record-route refer-sub refer-to referred-by remote-party-id replaces request-disposition require retry-after route
  rseq security-client security-server security-verify server service-route session-expires sip-etag sip-if-match subscription-state
  supported target-dialog timestamp to unsupported user-agent via warning www-authenticate a b c d e f i j k l m n o r s t u v x y`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** True for a field that may be set towards a gateway: no field of the protocol's own, and none of ours (decision C22). */
export const isSettableHeader = (name: string): boolean => {
  const lower = name.toLowerCase();
  return NAME.test(name) && !OWN.has(lower) && !lower.startsWith('x-dialplane');
};

/** True for a field of the caller's that may go on to a gateway. */
export const isPassableHeader = isSettableHeader;

/** A value on one line of printable text: no CR or LF could begin another field. */
export const isHeaderValue = (value: string): boolean => value.length <= 255 && /^[\x20-\x7e]*$/.test(value);
