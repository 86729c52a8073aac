/** The command line cannot be read or something it needs is not there: one line to stderr and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
