/** An answer in the words of its face, as it is kept for repetitions of the request. */
export interface KeptAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer without what is told once: a repetition says that it was told. `secrets` are names in the body, dotted where they lie
 * deeper (`data.password`).
 */
export function withoutSecrets(answer: KeptAnswer, secrets: readonly string[]): KeptAnswer {
  if (secrets.length === 0) return answer;
  if (answer.text !== undefined) throw new Error('an answer with secrets must be JSON');
  return { ...answer, body: secrets.reduce((body, secret) => hidden(body, secret.split('.')), answer.body) };
}

function hidden(body: unknown, [name = '', ...deeper]: readonly string[]): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return body;
  const value = (body as Readonly<Record<string, unknown>>)[name];
  if (deeper.length > 0) return { ...body, [name]: hidden(value, deeper) };
  return value === null ? body : { ...body, [name]: null, secret_already_shown: true };
}
