/** The work was done, what it found was told, and it is bad: exit code 1 without another word. */
export class FailedCheck extends Error {
  override readonly name = 'FailedCheck';
}
