import { createHash } from 'node:crypto';
import pg from 'pg';

/**
 * Begins a statement that each connection parses and plans once (PostgreSQL 18, PREPARE): for constant texts that only insert what
 * they are given. A plan that looks for rows would be kept from when the table was small and read it whole once it is not.
 */
export const PLANNED_ONCE = '/* planned once */';

/** A connection that keeps the plans of marked statements; planning them was a third of what the database does for a purchase. */
export class PlanningClient extends pg.Client {
  readonly #names = new Map<string, string>();

  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads, handed on as they came.
  override query(...args: any[]): any {
    const [text, values, callback] = args;
    const named = typeof text === 'string' && text.startsWith(PLANNED_ONCE) ? { name: this.#nameOf(text), text, values } : null;
    return super.query.apply(this, (named === null ? args : [named, callback]) as Parameters<pg.Client['query']>);
  }

  /** The same text has the same name; there are as many as marked statements in the program. */
  #nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    this.#names.set(text, name);
    return name;
  }
}
