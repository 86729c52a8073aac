const BIGINT_MAX = 9_223_372_036_854_775_807n;

/** True for text that can be one of our integer ids: digits that fit a bigint, where the cast of others would fail. */
export const isExtId = (text: string): boolean => /^[1-9][0-9]{0,18}$/.test(text) && BigInt(text) <= BIGINT_MAX;
