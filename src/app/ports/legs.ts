/** Where the two legs of an answered call are: enough for any agent to end them (decision C9). */
export interface CallLegs {
  /** The SIP server that holds them, as agents name it. */
  readonly server: string;
  /** Its ids of their dialogs: the caller's, the called one's. */
  readonly dialogs: readonly string[];
}

/** The legs of every agent's answered calls, outside of the agents. */
export interface LegStore {
  /** Notes legs of an agent's calls and forgets those of ended ones. */
  write(agentId: string, kept: ReadonlyMap<string, CallLegs>, gone: readonly string[]): Promise<void>;
  /** Agents that have legs noted. */
  agents(): Promise<readonly string[]>;
  /** Some of an agent's legs by call, at most `countMax`. */
  read(agentId: string, countMax: number): Promise<ReadonlyMap<string, CallLegs>>;
  /** True for one agent at a time: it alone ends that dead agent's calls, for `ms` from the last time it said so. */
  claim(deadId: string, agentId: string, ms: number): Promise<boolean>;
  /**
   * Forgets legs of an agent, and the agent with the last of them, only while what is registered of it still is what was `judged` (its
   * `sign`; null: nothing): the notes of one that is back are its own again.
   */
  forget(deadId: string, callIds: readonly string[], judged: string | null): Promise<void>;
}
