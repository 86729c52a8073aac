// Nobody has more; the rest is not looked at.
const TAGS_MAX = 32;

/** True where a field such as `Require` or `Supported` names that option, written in lower case here (RFC 3261 §19.2). */
export const hasOptionTag = (field: string | undefined, tag: string): boolean =>
  (field ?? '').split(',', TAGS_MAX).some((one) => one.trim().toLowerCase() === tag);
