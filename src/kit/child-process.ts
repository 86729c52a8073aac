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
  | { readonly type: 'children'; readonly children: Readonly<Record<string, ChildStatus>> };

/** Tells the supervisor that this child serves; nothing without a supervisor. */
export function announceReady(info: ReadyMessage['info']): void {
  process.send?.({ type: 'ready', info } satisfies ReadyMessage);
}

/** Calls `gone` once when the supervisor has vanished (its IPC channel closed). */
export function onSupervisorGone(gone: () => void): void {
  if (process.send === undefined) return;
  process.once('disconnect', gone);
}

/** What a child may tell besides `ready`: that it has drained, or why it cannot start and with which exit code it ends. */
export type ChildMessage =
  | ReadyMessage
  | { readonly type: 'drained' }
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: number };

/** Tells the supervisor something; nothing without one, or when it has just vanished. */
export function tellSupervisor(message: ChildMessage): void {
  if (process.connected) process.send?.(message, undefined, {}, () => {});
}

/** Calls `handle` for every message of the supervisor; returns how to stop listening. */
export function onSupervisorMessage(handle: (message: SupervisorMessage) => void): () => void {
  const listener = (message: unknown): void => {
    if (typeof message === 'object' && message !== null && 'type' in message) handle(message as SupervisorMessage);
  };
  process.on('message', listener);
  return () => void process.off('message', listener);
}

/** How a child is doing, as the supervisor tells every other child (decision C18). */
export interface ChildStatus {
  readonly pid: number | null;
  readonly status: 'starting' | 'up' | 'down' | 'stopping';
  readonly restarts: number;
  readonly metrics_url?: string;
}
