/** A role that runs in this process. */
export interface RunningRole {
  /** Facts for the supervisor and state.json: `http_url` (where faces are), `probe_url` (HTTP_PORT as bound), `metrics_url`. */
  readonly info: Record<string, unknown>;
  /** Takes no new work and finishes what runs, at most `deadlineMs` from now. */
  drain(deadlineMs: number): Promise<void>;
  /** Releases everything. */
  stop(): Promise<void>;
}
