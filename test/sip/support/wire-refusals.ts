import type { CallRefusalCode } from '../../../src/domain/refusal.ts';

/** For each code the test that puts it on the wire: its file below `test/`, and its title. */
export const WIRE_REFUSALS: Readonly<Record<CallRefusalCode, readonly [file: string, title: string]>> = {
  number_unknown: ['sip/inbound-call.test.ts', '404 number_unknown for a number nobody holds, in one record'],
  number_inbound_disabled: ['sip/inbound-call.test.ts', '403 number_inbound_disabled with the flag off'],
  number_outbound_disabled: ['sip/outbound-call.test.ts', '403 number_outbound_disabled with the flag off'],
  number_suspended: ['sip/inbound-call.test.ts', '480 number_suspended'],
  caller_suspended: ['sip/refusals.test.ts', '403 caller_suspended'],
  number_moving: ['sip/inbound-call.test.ts', '480 number_moving while the number is fenced for a change of holder'],
  account_disabled: ['sip/inbound-call.test.ts', '480 account_disabled'],
  caller_account_disabled: ['sip/refusals.test.ts', '403 caller_account_disabled'],
  no_destination: ['sip/inbound-call.test.ts', '480 no_destination without endpoint'],
  caller_not_owned: ['sip/outbound-call.test.ts', '403 caller_not_owned for a number of somebody else'],
  dial_string_invalid: ['sip/outbound-call.test.ts', '484 for what is no number'],
  destination_blocked: ['sip/outbound-call.test.ts', '403 destination_blocked where calls of the account may not go'],
  no_route: ['sip/outbound-call.test.ts', '404 no_route where no prefix fits'],
  no_carrier: ['sip/failover.test.ts', 'answers 503 no_carrier when every gateway fails, never a carrier 401 or 5xx'],
  target_unreachable: ['sip/refusals.test.ts', '480 target_unreachable where every target fails'],
  target_forbidden: ['sip/inbound-call.test.ts', '480 target_forbidden when the only target is the carrier itself'],
  not_registered: ['sip/registered-calls.test.ts', 'is refused 480 not_registered where no phone is, and its record says so'],
  flow_lost: ['sip/registered-calls.test.ts', 'is refused 480 flow_lost at once when that connection is gone, and nothing else is tried'],
  ring_timeout: ['sip/failover.test.ts', 'gives up ringing after the ring time with 480 ring_timeout, and cancels the target'],
  source_ambiguous: ['sip/refusals.test.ts', '403 source_ambiguous where one address is in the ACLs of two customers'],
  authentication_failed: ['sip/refusals.test.ts', '407 authentication_failed again for a wrong password, without a reason or a record'],
  authentication_required: [
    'sip/refusals.test.ts',
    '407 authentication_required from a carrier whose caller is a number of ours, without a reason or a record',
  ],
  unknown_source: ['sip/refusals.test.ts', '403 unknown_source where strangers are told so, and nothing but that'],
  loop: ['sip/inbound-call.test.ts', '482 loop when the call was here before for the same number'],
  too_many_hops: ['sip/inbound-call.test.ts', '483 too_many_hops when Max-Forwards is used up'],
  extension_unsupported: ['sip/inbound-call.test.ts', '420 extension_unsupported for what it must not ignore, naming it'],
  not_acceptable: ['sip/refusals.test.ts', '488 not_acceptable where the target cannot accept the offer'],
  no_codec: ['sip/codec-policy.test.ts', '488 no_codec where no gateway takes any codec of the offer'],
  limit_reached: [
    'sip/limits.test.ts',
    'a trunk group with two channels: the third call is 503 limit_reached with Retry-After, and after one ended the next passes',
  ],
  rate_exceeded: ['sip/limits.test.ts', 'a number over its rate: 503 rate_exceeded with Retry-After'],
  minutes_exhausted: [
    'sip/limits.test.ts',
    'an account whose minutes are used up: 403 minutes_exhausted for the next call out, while calls that go on, and calls in, are let be',
  ],
  outbound_stopped: [
    'sip/outbound-call.test.ts',
    '403 outbound_stopped while the guard stops the calls out of the account; calls in go on',
  ],
  plane_busy: ['sip/refusals.test.ts', '503 plane_busy with Retry-After where the agent has all the calls it takes'],
  plane_degraded: [
    'sip/redis-away.test.ts',
    'a carrier whose call cannot be decided gets 503 plane_degraded in a record, a stranger nothing new',
  ],
  draining: ['sip/agent-life.test.ts', 'as the last one refuses with 503 and Retry-After, and records it'],
  hung_up: ['sip/refusals.test.ts', '480 hung_up where the platform ends a call that rings'],
  duration_reached: ['sip/session-timers.test.ts', 'a call that lasts as long as it may is ended on both legs, and its record says so'],
  transfer_refused: ['sip/transfer.test.ts', '403 transfer_refused where nobody allows it, and the call goes on'],
  internal_error: ['sip/faults.test.ts', 'invariant 12: as the target answers: 500 to the caller, BYE to the target, one closed record'],
  // Whoever would say it is gone: it is in the record, and on the wire are the BYEs of another agent.
  agent_lost: [
    'sip/dead-agent.test.ts',
    'has its calls ended on both legs by the survivor where the SIP server would keep them up; the others go on',
  ],
};
