import { createHash } from 'node:crypto';

/** The field every B leg of ours carries: one token per passage through this platform (decision C16). */
export const HOP_FIELD = 'X-Dialplane-Hop';

const HOPS_MAX = 5;
const TOKEN_LENGTH = 12;

const TOKEN = /^[0-9a-f]{12}$/;

/** Tokens of a call so far, bounded; the field may come from anybody: a false one only stops its own call, and other text goes no further. */
export const readHops = (field: string | undefined): readonly string[] =>
  (field ?? '')
    .slice(0, 256)
    .split(',')
    .map((token) => token.trim())
    .filter((token) => TOKEN.test(token));

/** The token of this called number on this platform: the same number twice is a loop, another number is a forwarded call. */
export const hopToken = (platform: string, called: string): string =>
  createHash('sha256').update(`${platform}\n${called}`).digest('hex').slice(0, TOKEN_LENGTH);

/** True when the call was here for this number already, or was passed on too often. */
export const isLoop = (hops: readonly string[], token: string): boolean => hops.length >= HOPS_MAX || hops.includes(token);

/** The same of a transfer, which may go back once to a number its party came by: that is how one is sent back to the switchboard. */
export const isTransferLoop = (hops: readonly string[], token: string): boolean =>
  hops.length >= HOPS_MAX || hops.filter((hop) => hop === token).length > 1;
