/** The machine lacks something or a setting cannot be met: the program says the one line and ends with exit code 2 (design §8). */
export class SetUpError extends Error {
  override readonly name = 'SetUpError';
}
