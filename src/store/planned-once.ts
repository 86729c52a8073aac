import { createHash } from 'node:crypto';
import pg from 'pg';

/**
 * Begins a statement that each connection parses and plans once (PostgreSQL 18, PREPARE): for constant texts that insert what they are
 * given or touch single rows by a unique key, as PostgreSQL itself does for foreign keys. A plan made while a table was small is made
 * anew once ANALYZE has seen it grow. What looks for more rows is planned with its values.
 */
export const PLANNED_ONCE = '/* planned once */';

/**
 * A connection that keeps the plans of marked statements; planning them was a third of what the database does for a purchase. What is
 * asked of it in one turn leaves in one write.
 */
export class PlanningClient extends pg.Client {
  readonly #names = new Map<string, string>();
  #isCollecting = false;

  // biome-ignore lint/suspicious/noExplicitAny: pg's overloads, handed on as they came.
  override query(...args: any[]): any {
    this.#collect();
    const [text, values, callback] = args;
    const named = typeof text === 'string' && text.startsWith(PLANNED_ONCE) ? { name: this.#nameOf(text), text, values } : null;
    return super.query.apply(this, (named === null ? args : [named, callback]) as Parameters<pg.Client['query']>);
  }

  #collect(): void {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    const { stream } = this.connection;
    stream.cork();
    process.nextTick(() => {
      this.#isCollecting = false;
      stream.uncork();
    });
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
