import type { Config } from '../config/load-config.ts';
import type { DecisionSettings } from '../domain/call.ts';

/** What the decision of calls depends on besides the records; the same in every role. */
export const decisionSettings = ({ defaultCountry, unknownSource, domain, onNet }: Config['sip']): DecisionSettings => ({
  defaultCountry: defaultCountry ?? null,
  unknownSource: unknownSource === '403' ? 'forbid' : 'drop',
  sipDomain: domain,
  ...(onNet === 'internal' ? { onNet } : {}),
});
