import type { Binding } from '../../domain/binding.ts';
import type { RecordRef } from '../../domain/records.ts';
import type { BindingsOf } from '../ports/bindings.ts';

interface Seen {
  readonly login: string;
  readonly bindings: readonly Binding[];
  readonly atMs: number;
}

/** Where SIP users were when this agent last asked: what inbound calls ring by while Redis is away (decision C10). Bounded. */
export class LastContacts {
  readonly #usersMax: number;
  readonly #nowMs: () => number;
  readonly #seen = new Map<RecordRef, Seen>();

  constructor(usersMax: number, nowMs: () => number) {
    this.#usersMax = usersMax;
    this.#nowMs = nowMs;
  }

  /** What Redis just said. */
  note({ credential, login }: BindingsOf, bindings: readonly Binding[]): void {
    this.#seen.delete(credential);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size >= this.#usersMax && oldest !== undefined) this.#seen.delete(oldest);
    this.#seen.set(credential, { login, bindings, atMs: this.#nowMs() });
  }

  /** What is left of it: what expired since, or was registered with another password, is gone. */
  of(users: readonly BindingsOf[]): ReadonlyMap<RecordRef, readonly Binding[]> {
    const left = new Map<RecordRef, readonly Binding[]>();
    for (const { credential, login } of users) {
      const seen = this.#seen.get(credential);
      if (seen === undefined || seen.login !== login) continue;
      const passedMs = this.#nowMs() - seen.atMs;
      const live = seen.bindings.map((binding) => ({ ...binding, remainingMs: binding.remainingMs - passedMs }));
      left.set(
        credential,
        live.filter(({ remainingMs }) => remainingMs > 0),
      );
    }
    return left;
  }
}
