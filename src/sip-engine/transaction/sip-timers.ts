/** Every SIP timer in milliseconds (RFC 3261 table 4, RFC 6026). What is not given follows from T1. */
export interface SipTimers {
  /** Round-trip estimate. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions. */
  readonly t2Ms: number;
  /** How long a message stays in the network. */
  readonly t4Ms: number;
  /** INVITE client gives up without any answer (Timer B). */
  readonly inviteTimeoutMs: number;
  /** A target without any answer by then is given up for the next one, where there is a next one (RFC 3263 §4.3). */
  readonly nextTargetMs: number;
  /** INVITE client gives up after the last provisional answer (Timer C). */
  readonly proceedingTimeoutMs: number;
  /** INVITE client absorbs retransmitted final answers (Timer D; UDP only). */
  readonly inviteLingerMs: number;
  /** Non-INVITE client gives up (Timer F). */
  readonly requestTimeoutMs: number;
  /** INVITE server waits for the ACK (Timer H), 2xx included. */
  readonly ackTimeoutMs: number;
  /** Non-INVITE server absorbs retransmissions (Timer J; UDP only). */
  readonly requestLingerMs: number;
  /** INVITE transactions absorb retransmissions behind a 2xx (Timers L and M of RFC 6026). */
  readonly acceptedLingerMs: number;
  /** An application that has not answered an INVITE at all by then: 408. */
  readonly applicationSilenceMs: number;
  /** An application that has not answered another request by then: 500 (200 to BYE). */
  readonly applicationRequestMs: number;
  /** An INVITE without final answer of the application by then: 408. */
  readonly applicationFinalMs: number;
  /** How long a second of Session-Expires is (RFC 4028): shortened by tests alone. */
  readonly sessionSecondMs: number;
}

/** Fills what is missing: T1 500 ms, T2 4 s, T4 5 s, everything else as the RFC derives it. */
export function completeTimers(given: Partial<SipTimers> = {}): SipTimers {
  const t1Ms = given.t1Ms ?? 500;
  const long = 64 * t1Ms;
  const t4Ms = given.t4Ms ?? 5000;
  return {
    t1Ms,
    t2Ms: given.t2Ms ?? 4000,
    t4Ms,
    inviteTimeoutMs: given.inviteTimeoutMs ?? long,
    nextTargetMs: given.nextTargetMs ?? Math.min(8 * t1Ms, given.inviteTimeoutMs ?? long),
    proceedingTimeoutMs: given.proceedingTimeoutMs ?? 185_000,
    inviteLingerMs: given.inviteLingerMs ?? long,
    requestTimeoutMs: given.requestTimeoutMs ?? long,
    ackTimeoutMs: given.ackTimeoutMs ?? long,
    requestLingerMs: given.requestLingerMs ?? long,
    acceptedLingerMs: given.acceptedLingerMs ?? long,
    applicationSilenceMs: given.applicationSilenceMs ?? 60_000,
    applicationRequestMs: given.applicationRequestMs ?? Math.max(1, long - 2 * t1Ms),
    applicationFinalMs: given.applicationFinalMs ?? 600_000,
    sessionSecondMs: given.sessionSecondMs ?? 1000,
  };
}
