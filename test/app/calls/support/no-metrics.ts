import type { CallMetrics } from '../../../../src/app/ports/metrics.ts';

/** Call metrics for tests that look at none. */
export const noMetrics: CallMetrics = {
  ended: () => {},
  setup: () => {},
  postDialDelay: () => {},
  active: () => {},
  attempt: () => {},
  admission: () => {},
  limitsOpen: () => {},
  mediaUnreachable: () => {},
  leasesLeaked: () => {},
  endpointWebhook: () => {},
  stranger: () => {},
};
