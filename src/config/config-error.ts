/** A setting that cannot be used; the program says the message in one line and ends with exit code 2 (design §8). */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The setting as its writer spelt it: `HTTP_PORT` in the environment, `http.port` in a file. */
  readonly key: string;

  constructor(key: string, problem: string) {
    super(`${key}: ${problem}`);
    this.key = key;
  }
}
