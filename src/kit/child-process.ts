/**
 * How a child process of the supervisor speaks to it: one `ready` message with its ports over the IPC channel, and the
 * channel's end as the sign that the supervisor is gone (decision C18).
 */

/** What a child tells once it serves. Addresses are the bound ones, ports never 0. */
export interface ReadyMessage {
  readonly type: 'ready';
  /** Free facts by name, for state.json: `http_url`, `sip`, `control`, `metrics_url` … */
  readonly info: Readonly<Record<string, unknown>>;
}

/** What the supervisor may ask of a child. */
export type SupervisorMessage =
  | { readonly type: 'drain'; readonly deadlineMs: number }
  | { readonly type: 'children'; readonly children: unknown };

/** Tells the supervisor that this child serves; nothing without a supervisor. */
export function announceReady(info: ReadyMessage['info']): void {
  process.send?.({ type: 'ready', info } satisfies ReadyMessage);
}

/** Calls `gone` once when the supervisor has vanished (its IPC channel closed). */
export function onSupervisorGone(gone: () => void): void {
  if (process.send === undefined) return;
  process.once('disconnect', gone);
}
