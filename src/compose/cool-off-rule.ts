import type { Config } from '../config/load-config.ts';

const DAY_MS = 86_400_000;

/** The cool-off of a number in ms: the most specific override of its type and country, else the general one. */
export function coolOffRule(rules: Config['rules']): (number: { readonly type: string; readonly country: string }) => number {
  const specific = (rule: { readonly type?: string | undefined; readonly country?: string | undefined }): number =>
    (rule.type === undefined ? 0 : 1) + (rule.country === undefined ? 0 : 1);
  const overrides = rules.coolOffOverrides.toSorted((a, b) => specific(b) - specific(a));
  return ({ type, country }) => {
    const rule = overrides.find((one) => (one.type ?? type) === type && (one.country ?? country) === country);
    return Math.round((rule?.days ?? rules.coolOffDays) * DAY_MS);
  };
}
