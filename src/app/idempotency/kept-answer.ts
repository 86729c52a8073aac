/** An answer in the words of its face, as it is kept for repetitions of the request. */
export interface KeptAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer without what is told once: a repetition says that it was told. `secrets` are names, wherever they are in the body. */
export function withoutSecrets(answer: KeptAnswer, secrets: readonly string[]): KeptAnswer {
  if (secrets.length === 0) return answer;
  if (answer.text !== undefined) throw new Error('an answer with secrets must be JSON');
  return { ...answer, body: hidden(answer.body, new Set(secrets)) };
}

function hidden(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => hidden(each, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  const told = members.some(([name, inner]) => secrets.has(name) && inner !== null);
  const rest = members.map(([name, inner]) => [name, secrets.has(name) ? null : hidden(inner, secrets)] as const);
  return { ...Object.fromEntries(rest), ...(told ? { secret_already_shown: true } : {}) };
}
