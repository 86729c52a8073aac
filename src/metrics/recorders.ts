import type { Registry } from 'prom-client';
import type { JobMetrics } from '../app/ports/jobs.ts';
import type { CallMetrics, HttpMetrics, PlaneMetrics, PropagationMetrics } from '../app/ports/metrics.ts';
import { DAMAGES } from '../app/ports/route-audit.ts';
import type { TrafficMetrics } from '../app/ports/traffic.ts';
import type { WebhookMetrics } from '../app/ports/webhooks.ts';
import { TRAFFIC_KINDS } from '../domain/traffic-guard.ts';
import { counter, gauge, histogram } from './registry.ts';

/** HTTP requests by face and route template. */
export function httpMetrics(registry: Registry): HttpMetrics {
  const requests = counter(registry, 'http_requests_total', 'HTTP requests answered.', ['face', 'route', 'method', 'status']);
  const seconds = histogram(registry, 'http_request_duration_seconds', 'Time from request to answer.', 'http', ['face', 'route', 'method']);
  const drops = counter(registry, 'http_connections_dropped_total', 'HTTP connections closed unread because there were too many.');
  const coolOff = counter(registry, 'cool_off_refusals_total', 'Changes refused because the number had a call too recently.');
  return {
    observe({ face, route, method, status, seconds: took, refusal }) {
      requests.inc({ face, route, method, status: String(status) });
      seconds.observe({ face, route, method }, took);
      if (refusal === 'cool_off') coolOff.inc();
    },
    dropped: () => drops.inc(),
  };
}

/** Calls as the agent saw them. */
export function callMetrics(registry: Registry): CallMetrics {
  const calls = counter(registry, 'calls_total', 'Calls ended or refused.', ['direction', 'outcome', 'reason']);
  const setup = histogram(registry, 'call_setup_seconds', 'INVITE received to final answer sent.', 'call', ['direction']);
  const delay = histogram(registry, 'post_dial_delay_seconds', 'INVITE received to first ringing or answer passed on.', 'call', [
    'direction',
  ]);
  const active = gauge(registry, 'calls_active', 'Calls between admission and end.', ['direction']);
  const attempts = counter(registry, 'gateway_attempts_total', 'INVITEs sent to gateways, by final code.', [
    'trunk_group',
    'gateway',
    'code',
  ]);
  const admission = histogram(registry, 'admission_seconds', 'One admission, its Redis trip included.', 'trip', ['result']);
  const strangers = counter(registry, 'stranger_invites_total', 'INVITEs from unknown sources, by what they got.', ['answer']);
  const open = counter(
    registry,
    'limits_open_total',
    'Calls and attempts that went on while Redis could not say whether a limit was reached.',
    ['what'],
  );
  const unreachable = counter(registry, 'media_unreachable_total', 'Calls that offer a closed network to a public peer.', ['direction']);
  const webhooks = histogram(registry, 'endpoint_webhook_seconds', 'Endpoints’ webhooks asked where a call shall go.', 'call', ['outcome']);
  const leaks = counter(registry, 'lease_leaks_total', 'Leases freed because the agent no longer had their call.');
  return {
    ended: ({ direction, outcome, reason }) => calls.inc({ direction, outcome, reason }),
    setup: (direction, seconds) => setup.observe({ direction }, seconds),
    postDialDelay: (direction, seconds) => delay.observe({ direction }, seconds),
    active: (direction, change) => active.inc({ direction }, change),
    attempt: ({ trunkGroup, gateway, code }) => attempts.inc({ trunk_group: trunkGroup, gateway, code }),
    admission: (seconds, result) => admission.observe({ result }, seconds),
    limitsOpen: (what) => open.inc({ what }),
    mediaUnreachable: (direction) => unreachable.inc({ direction }),
    leasesLeaked: (count) => leaks.inc(count),
    endpointWebhook: (outcome, seconds) => webhooks.observe({ outcome }, seconds),
    stranger: (answer) => strangers.inc({ answer }),
  };
}

/** What the guard over calls out found. */
export function trafficMetrics(registry: Registry): TrafficMetrics {
  const alerts = counter(registry, 'fraud_alerts_total', 'Accounts whose calls out were far from usual, by what was.', ['kind']);
  // There from the start: what appears with its first alert has not increased.
  for (const kind of TRAFFIC_KINDS) alerts.inc({ kind }, 0);
  return { trafficAlert: (kind) => alerts.inc({ kind }) };
}

/** Leases put back without a check (decision C9): what a limit may be exceeded by after Redis lost them. */
export function reassertedLeases(registry: Registry): (leases: number) => void {
  const reasserted = counter(registry, 'leases_reasserted_total', 'Leases of live calls put back into a Redis that did not have them.');
  return (leases) => reasserted.inc(leases);
}

/** The work of the workers, by queue. */
export function jobMetrics(registry: Registry): JobMetrics {
  const jobs = counter(registry, 'jobs_total', 'Runs of jobs, by how they came out.', ['queue', 'outcome']);
  const oldest = gauge(registry, 'job_oldest_age_seconds', 'Age of the oldest job that is due or runs; 0 without one.', ['queue']);
  return {
    ran: (queue, outcome) => jobs.inc({ queue, outcome }),
    oldestAge: (queue, seconds) => oldest.set({ queue }, seconds),
  };
}

/** Tries to bring events to webhooks, by what they came to. */
export function webhookMetrics(registry: Registry): WebhookMetrics {
  const deliveries = counter(registry, 'webhook_deliveries_total', 'Tries to deliver webhooks, by what they came to.', ['outcome']);
  return { delivered: (outcome) => deliveries.inc({ outcome }) };
}

/** How long changes take to be in force. */
export function propagationMetrics(registry: Registry): PropagationMetrics {
  const lag = histogram(registry, 'propagation_lag_seconds', 'Commit of a change to its record being in force in Redis.', 'http');
  return { propagated: (seconds) => lag.observe(seconds) };
}

/** The routing plane as relay and drain see it. */
export function planeMetrics(registry: Registry): PlaneMetrics {
  const pending = gauge(registry, 'propagation_pending', 'Changes committed but not yet in Redis.');
  const oldest = gauge(registry, 'propagation_oldest_pending_seconds', 'Age of the oldest change that is not in Redis; 0 without any.');
  const backlog = gauge(registry, 'call_log_backlog', 'Call events in Redis that Postgres does not have yet.');
  const repairs = counter(registry, 'route_audit_repairs_total', 'Records that differed from Postgres and were repaired.', ['damage']);
  // From nothing to one is no increase to a monitor: the series are there from the start.
  for (const damage of DAMAGES) repairs.inc({ damage }, 0);
  return {
    ...propagationMetrics(registry),
    pending: (count, oldestSeconds) => {
      pending.set(count);
      oldest.set(oldestSeconds);
    },
    backlog: (count) => backlog.set(count),
    repaired: (damage, count) => repairs.inc({ damage }, count),
  };
}
