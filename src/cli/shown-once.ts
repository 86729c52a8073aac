import { Failure } from './failure.ts';

/**
 * What was just made, with its secret. After an answer that was lost the server repeats it without (decision B14): then the thing is
 * there and nobody knows its secret, which must not look like success to a script.
 */
export function shownOnce<T extends { readonly id: string }>(made: T, whatToDo: (id: string) => string): T {
  if ('secret_already_shown' in made && made.secret_already_shown === true) {
    throw new Failure(`made, but the answer with its secret was lost on the way: ${whatToDo(made.id)}`);
  }
  return made;
}
