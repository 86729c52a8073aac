/** A page that names the next one. */
interface CursorPage<T> {
  readonly data: readonly T[];
  readonly next: string | null;
}

/** Every row of a list that goes on by cursor; pages are fetched as they are needed. */
export async function* byCursor<T>(fetchPage: (after: string | undefined) => Promise<CursorPage<T>>): AsyncGenerator<T, void> {
  let after: string | undefined;
  do {
    const page = await fetchPage(after);
    yield* page.data;
    // A server that names the same page again would be asked for ever.
    if (page.next !== null && page.next === after) throw new Error('the list names the same page twice');
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Every row of a list that goes on by offset. */
export async function* byOffset<T>(start: number, fetchPage: (offset: number) => Promise<readonly T[]>): AsyncGenerator<T, void> {
  for (let offset = start; ; ) {
    const rows = await fetchPage(offset);
    if (rows.length === 0) return;
    yield* rows;
    offset += rows.length;
  }
}

/** Every row of a list whose pages are numbered from 1. */
export async function* byNumber<T>(fetchPage: (page: number) => Promise<{ rows: readonly T[]; pages: number }>): AsyncGenerator<T, void> {
  for (let number = 1; ; number += 1) {
    const { rows, pages } = await fetchPage(number);
    yield* rows;
    if (rows.length === 0 || number >= pages) return;
  }
}
