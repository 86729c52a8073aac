import type { EndedEvent } from '../../domain/call-event.ts';

/** A call Redis does not list with its agent, and the numbers its record names. */
export interface UnlistedCall {
  readonly callId: string;
  readonly numberIds: readonly string[];
}

/**
 * Closes calls in the place of their agent. Each goes only while what is registered of the agent still is what was `judged` (its `sign`;
 * null: nothing), compared in the step that closes it: an agent that gives a sign of life keeps its calls from that moment on.
 */
export interface LostCalls {
  /**
   * Closes what Redis lists with an agent, many in one trip, as long as `goesOn` says so, which is asked between trips. `changed`: the
   * agent was heard of, or unlisted; nothing more is closed. Returns which calls were closed and whether others are left.
   */
  closeListed(
    agentId: string,
    judged: string | null,
    endOf: (callId: string) => EndedEvent,
    goesOn: () => boolean,
  ): Promise<{ readonly closed: readonly string[]; readonly left: 'none' | 'some' | 'changed' }>;
  /** Closes calls by their record alone, in one trip; what Redis lists meanwhile stays. */
  closeUnlisted(
    agentId: string,
    judged: string | null,
    calls: readonly UnlistedCall[],
    endOf: (callId: string) => EndedEvent,
  ): Promise<'done' | 'changed'>;
}
