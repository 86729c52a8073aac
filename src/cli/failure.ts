/** What was asked for did not come about, or is lost: one line to stderr and exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
