import type { Binding, FlowSource } from '../../domain/binding.ts';
import type { RecordRef } from '../../domain/records.ts';

/** A contact to be kept, or with `expiresSeconds` 0 forgotten. */
export interface NewBinding extends Omit<Binding, 'id' | 'remainingMs' | 'ageMs'> {
  /** Names it among the contacts of its login. */
  readonly key: string;
  readonly expiresSeconds: number;
}

/** One REGISTER of somebody whose digest was right. */
export interface RegisterRequest {
  readonly credential: RecordRef;
  /** Of the record the digest was checked with. */
  readonly version: number;
  /** `loginMark` of that record. */
  readonly login: string;
  /** Digest nonce to be used up (decision C14). */
  readonly nonce: { readonly id: string; readonly count: number; readonly ttlSeconds: number } | null;
  readonly callId: string;
  readonly cseq: number;
  readonly ask: 'fetch' | 'clear' | 'update';
  readonly contacts: readonly NewBinding[];
  readonly contactsMax: number;
}

/** What became of a REGISTER; of all but `ok` nothing was changed. */
export type RegisterReply =
  | { readonly result: 'ok'; readonly bindings: readonly Binding[] }
  /** The login is not as it was checked: look again. */
  | { readonly result: 'stale' }
  | { readonly result: 'replay' }
  /** Older than what is there (RFC 3261 §10.3 step 7). */
  | { readonly result: 'out_of_order' }
  /** More contacts than one login may have. */
  | { readonly result: 'full' };

/** Whose bindings, and the mark of the login as it is now. */
export interface BindingsOf {
  readonly credential: RecordRef;
  readonly login: string;
}

/** Where phones are to be reached, shared by all agents; forgotten by themselves when they expire. */
export interface Bindings {
  /** Takes one REGISTER in one step: order, number and time are judged where the bindings are. Throws when Redis does not answer. */
  register(request: RegisterRequest): Promise<RegisterReply>;
  /** What is registered now, in the order asked for. */
  read(logins: readonly BindingsOf[]): Promise<readonly (readonly Binding[])[]>;
  /** Forgets one binding of a login, or all of them; resolves with how many there were. */
  forget(credential: RecordRef, id?: string): Promise<number>;
  /** How many phones are registered, of all logins. */
  count(): Promise<number>;
}

/** A peer whose way back through its NAT is kept open (decision C20). */
export interface KeptFlow {
  readonly contact: string;
  readonly source: FlowSource;
}

/** The flows of each SIP server that need a sign of life; whoever takes some of what is due has it alone. */
export interface FlowKeeper {
  /** Puts what a login has at a server, each for `remainingMs`, in the place of what it had there; none forgets it. */
  keep(server: string, credential: RecordRef, flows: readonly (KeptFlow & Pick<Binding, 'remainingMs'>)[]): Promise<void>;
  /**
   * About `countMax` flows of a server whose last sign of life is `everyMs` old; they are due again after that. The flows of one login
   * come together: at most as many more.
   */
  due(server: string, everyMs: number, countMax: number): Promise<readonly KeptFlow[]>;
}
