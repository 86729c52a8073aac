import type { OutboundRoute } from './records.ts';
import { isOpen } from './route-hours.ts';

/** Routes of one set that fit a called number: those of the longest prefix, and the shorter ones they shadow. */
export interface RouteMatch {
  /** The winning prefix as written; null: nothing fits. */
  readonly prefix: string | null;
  readonly routes: readonly OutboundRoute[];
  readonly shadowed: readonly OutboundRoute[];
  /** Those that fit and are outside their hours: as good as not there. */
  readonly closed: readonly OutboundRoute[];
}

const EXACT = '=';

// An exact entry is more specific than any prefix.
const specificity = (route: OutboundRoute): number => (route.prefix.startsWith(EXACT) ? 1000 : 0) + route.prefix.length;

const fits = (route: OutboundRoute, digits: string, exactOnly: boolean): boolean =>
  route.prefix.startsWith(EXACT) ? route.prefix.slice(1) === digits : !exactOnly && digits.startsWith(route.prefix);

/** Finds the longest prefix; `exactOnly` is for short codes, which only their own `=112` entries may route (decision C15). */
export function matchRoutes(routes: readonly OutboundRoute[], digits: string, exactOnly: boolean, at: number): RouteMatch {
  const all = routes.filter((route) => fits(route, digits, exactOnly));
  // Nothing closes an emergency call (decision C15).
  const fitting = all.filter(({ hours }) => exactOnly || hours === undefined || isOpen(hours, at));
  const best = fitting.reduce((most, route) => Math.max(most, specificity(route)), -1);
  const winners = fitting.filter((route) => specificity(route) === best);
  return {
    prefix: winners[0]?.prefix ?? null,
    routes: winners,
    shadowed: fitting.filter((route) => specificity(route) < best),
    closed: all.length === fitting.length ? [] : all.filter((route) => !fitting.includes(route)),
  };
}
