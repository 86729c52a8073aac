import { timestamp } from './timestamps.ts';

/** Gathers the conditions of a query with their bound values; `?` in a condition becomes the next `$n`. */
export class Where {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  /** The same again, to bind more to one of them only. */
  copy(): Where {
    const copy = new Where();
    copy.values.push(...this.values);
    copy.#conditions.push(...this.#conditions);
    return copy;
  }

  /** Adds a condition with one value for each `?` in it. */
  and(condition: string, ...values: readonly unknown[]): this {
    let used = 0;
    this.#conditions.push(
      condition.replaceAll('?', () => {
        this.values.push(values[used]);
        used += 1;
        return `$${this.values.length}`;
      }),
    );
    return this;
  }

  /** Adds `condition` when `value` is given. */
  when(condition: string, value: unknown): this {
    return value === undefined ? this : this.and(condition, value);
  }

  /** Keyset page: rows behind `after` in the order of (`time`, `id`). */
  after(time: string, id: string, after: { readonly createdAt: number; readonly id: string } | null, sign: '>' | '<' = '>'): this {
    return after === null ? this : this.and(`(${time}, ${id}) ${sign} (?::timestamptz, ?::uuid)`, timestamp(after.createdAt), after.id);
  }

  /** Binds one more value and returns its place, for limit and offset. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** `where …`, or nothing. */
  get text(): string {
    return this.#conditions.length === 0 ? '' : `where ${this.#conditions.join(' and ')}`;
  }
}
