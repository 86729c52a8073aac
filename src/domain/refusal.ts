/**
 * Every refusal the agent itself may give to a call: its SIP answer, its Q.850 cause for `Reason` (RFC 3326), what it means
 * and what to do about it. The documented page is generated from this table; nothing else may make up a code.
 */
export interface CallRefusal {
  readonly sipStatus: number;
  /** ITU-T Q.850 cause value. */
  readonly q850: number;
  readonly meaning: string;
  readonly remedy: string;
  /** Seconds for `Retry-After`, where trying again may help (RFC 3261 §20.33). */
  readonly retryAfterSeconds?: number;
}

const refusal = (sipStatus: number, q850: number, meaning: string, remedy: string, retryAfterSeconds?: number): CallRefusal =>
  retryAfterSeconds === undefined ? { sipStatus, q850, meaning, remedy } : { sipStatus, q850, meaning, remedy, retryAfterSeconds };

/** Statuses: decision C22. */
export const CALL_REFUSALS = {
  number_unknown: refusal(
    404,
    1,
    'The called number is not active with any account here.',
    'Check the number; buy it or route it to this platform.',
  ),
  number_inbound_disabled: refusal(403, 21, 'The number does not accept inbound calls.', 'PATCH the number with allow_inbound=true.'),
  number_outbound_disabled: refusal(403, 21, 'The number may not place outbound calls.', 'PATCH the number with allow_outbound=true.'),
  number_suspended: refusal(480, 31, 'The number is suspended.', 'Look at suspended_by and lift the suspension.'),
  caller_suspended: refusal(403, 21, 'The calling number is suspended.', 'Look at suspended_by and lift the suspension.'),
  number_moving: refusal(480, 31, 'The number is changing its holder at this moment.', 'Try again in a few seconds.'),
  account_disabled: refusal(480, 31, 'The account that holds the called number is disabled.', 'Enable the account.'),
  caller_account_disabled: refusal(403, 21, 'The calling account is disabled.', 'Enable the account.'),
  no_destination: refusal(480, 20, 'The number has no endpoint or trunk group that could ring.', 'Set endpoint_id or trunk_group_id.'),
  caller_not_owned: refusal(
    403,
    21,
    'The caller is not a number of the account that authenticated.',
    'Send one of your own numbers in From or P-Asserted-Identity, or set a default caller.',
  ),
  dial_string_invalid: refusal(484, 28, 'The called dial string is not a number this platform can dial.', 'Dial +E.164.'),
  destination_blocked: refusal(
    403,
    21,
    'Calls of the account to this number are not allowed.',
    'Explain names the list: of the account, of its parent, of the outbound profile, or of everybody (GET /admin/v1/destinations).',
  ),
  no_route: refusal(404, 3, 'No outbound route matches the called number.', 'Add an outbound route with a matching prefix.'),
  no_carrier: refusal(503, 34, 'Every gateway of the matching routes failed.', 'Look at the attempts of the call; check the carrier.'),
  target_unreachable: refusal(
    480,
    20,
    'No target of the endpoint could be reached.',
    'Look at the attempts of the call; check the endpoint.',
  ),
  target_forbidden: refusal(
    480,
    20,
    'Every target is an address that nobody may dial.',
    'Point the endpoint to a routable address, or list its network in sip.target_networks.',
  ),
  not_registered: refusal(480, 20, 'No phone of the SIP user is registered.', 'Register a phone, or add another target to the endpoint.'),
  flow_lost: refusal(
    480,
    27,
    'The connection over which the phone registered is gone.',
    'The phone registers again by itself; look at its network and at restarts of the SIP server.',
  ),
  ring_timeout: refusal(480, 19, 'Nobody answered within the ring time.', 'Raise the ring timeout or add another target.'),
  source_ambiguous: refusal(
    403,
    21,
    'The source address belongs to more than one customer group.',
    'Tell the groups apart by port, transport, token, tech prefix or SIP domain.',
  ),
  authentication_failed: refusal(407, 21, 'The digest credentials are wrong.', 'Check username, password and realm.'),
  authentication_required: refusal(407, 21, 'The caller is a number of ours and must authenticate.', 'Send digest credentials.'),
  unknown_source: refusal(403, 21, 'The source address belongs to no trunk group.', 'Add the address to the ACL of a trunk group.'),
  loop: refusal(482, 25, 'The call came back to us.', 'Check routes that point to this platform.'),
  too_many_hops: refusal(483, 25, 'Max-Forwards reached 0.', 'Check for loops between the SIP servers.'),
  extension_unsupported: refusal(
    420,
    79,
    'The INVITE requires a SIP extension that is not supported.',
    'Send the option tag in Supported instead of Require.',
  ),
  not_acceptable: refusal(488, 65, 'The offer could not be accepted.', 'Look at the SDP of the call.'),
  no_codec: refusal(
    488,
    65,
    'No codec of the offer may be used with any of the gateways.',
    'Offer one of the codecs that the gateways allow, or allow another one.',
  ),
  limit_reached: refusal(503, 34, 'A channel limit is reached.', 'Raise the limit or wait for calls to end.', 5),
  rate_exceeded: refusal(503, 42, 'A calls-per-second limit is reached.', 'Slow down or raise the limit.', 1),
  minutes_exhausted: refusal(
    403,
    21,
    'The minutes of calls out for this day (UTC) are used up.',
    'Raise minutes_per_day or wait for the next day; GET /admin/v1/limits/{kind}/{id} tells what is used. Calls that go on are not ended.',
  ),
  outbound_stopped: refusal(
    403,
    21,
    'Calls out of the account are stopped: they were far from what is usual for it.',
    'Look at GET /admin/v1/alerts; POST /admin/v1/accounts/{id}/traffic-guard/lift lets them go on. Calls in and emergency calls go on.',
  ),
  plane_busy: refusal(503, 42, 'The routes changed faster than the call could be decided.', 'Try again.', 1),
  plane_degraded: refusal(503, 38, 'The routing plane cannot be consulted safely right now.', 'Look at /readyz; try again.', 5),
  draining: refusal(503, 38, 'This agent is shutting down.', 'Try again; another agent will answer.', 2),
  hung_up: refusal(480, 31, 'The platform ended the call on an order.', 'Look at the audit and the jobs of the number.'),
  endpoint_busy: refusal(486, 17, 'The webhook of the endpoint answered that it is busy.', 'Look at what the webhook answers.'),
  endpoint_declined: refusal(603, 21, 'The webhook of the endpoint declined the call.', 'Look at what the webhook answers.'),
  endpoint_unavailable: refusal(480, 20, 'The webhook of the endpoint answered that nobody is there.', 'Look at what the webhook answers.'),
  duration_reached: refusal(
    480,
    102,
    'The call lasted as long as it may.',
    'Raise max_call_seconds of the number, account, trunk group or gateway, or of the platform.',
  ),
  transfer_refused: refusal(
    403,
    21,
    'The party may not transfer this call, or not to there.',
    'Set refer of the trunk group or gateway, or of the platform, and transfer to a number.',
  ),
  internal_error: refusal(500, 41, 'A fault of ours stopped the call.', 'Look at the log lines with this call id.'),
  agent_lost: refusal(500, 41, 'The agent that handled the call vanished.', 'Look at the agent log and its restarts.'),
} as const satisfies Record<string, CallRefusal>;

/** The stable code of one refusal; it goes to call records, metrics, explain and `X-Dialplane-Reason`. */
export type CallRefusalCode = keyof typeof CALL_REFUSALS;
