/** The plan `unlimited` counts nothing; clients that pace themselves by these headers still need figures (decision B36). */
const LIMIT = 1_000_000;
const WINDOW_SECONDS = 60;

/** As vendors write them. */
export const X_RATE_LIMIT: Readonly<Record<string, string>> = {
  'X-RateLimit-Limit': String(LIMIT),
  'X-RateLimit-Remaining': String(LIMIT),
  'X-RateLimit-Reset': String(WINDOW_SECONDS),
};

/** As draft-ietf-httpapi-ratelimit-headers-10 §4 writes them. */
export const RATE_LIMIT: Readonly<Record<string, string>> = {
  'RateLimit-Policy': `"default";q=${LIMIT};w=${WINDOW_SECONDS}`,
  RateLimit: `"default";r=${LIMIT};t=${WINDOW_SECONDS}`,
};
