import { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import type { Changed } from '../../app/change.ts';
import type { Transaction, UnitOfWork } from '../../app/ports/store.ts';
import type { WriteWarning } from '../../app/warnings/write-warnings.ts';
import type { RecordVersion } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import type { Answer } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { propagationHeaders } from '../propagation-headers.ts';

/** How one kind of change answers when it succeeded. */
export interface ChangeAnswer<T> {
  readonly status: 200 | 201 | 202 | 204;
  body?(value: T): unknown;
  /** Path of a created resource below `/admin/v1`. */
  location?(value: T): string;
  /** The resource's own record at its version now, also when nothing changed. */
  record?(value: T): RecordVersion;
  /** Its version where it has no record in Redis. */
  version?(value: T): number;
}

/** Turns a committed change into its answer with the propagation headers of decision B17. */
export const answerChange = <T>(done: Result<Changed<T>, RequestRefusal>, form: ChangeAnswer<T>): Result<Answer, RequestRefusal> =>
  done.ok ? ok(render(done.value, form)) : done;

/** The same for a POST, whose answer is kept with its change when the request has an `Idempotency-Key`. */
export const answerChangeOnce = <T>(
  actor: Actor,
  run: () => Promise<Result<Changed<T>, RequestRefusal>>,
  form: ChangeAnswer<T>,
): Promise<Result<Answer, RequestRefusal>> => answerOnce(actor, run, (changed) => render(changed, form));

/** What is told of a change besides what it made. */
type Warn<T> = (tx: Transaction, value: T) => Promise<readonly WriteWarning[]>;
interface Reading {
  readonly unitOfWork: Pick<UnitOfWork, 'read'>;
}

/** Part of the schema of what may be answered with warnings. */
export const warningsSchema = {
  warnings: z
    .array(z.object({ code: z.string(), detail: z.string() }))
    .optional()
    .describe('After a change, where there are some: what will hardly do what was meant.'),
};

const warned = <T>(form: ChangeAnswer<T>, warnings: readonly WriteWarning[]): ChangeAnswer<T> => ({
  ...form,
  body: (value) => ({ ...(form.body?.(value) as object), ...(warnings.length === 0 ? {} : { warnings }) }),
});

// A hint is not worth a change that is done.
const warningsNow = <T>({ unitOfWork }: Reading, warn: Warn<T>, value: T): Promise<readonly WriteWarning[]> =>
  unitOfWork.read((tx) => warn(tx, value)).catch(() => []);

/** Answers a change with what the platform should know of it. */
export async function answerWarned<T>(
  deps: Reading,
  done: Result<Changed<T>, RequestRefusal>,
  form: ChangeAnswer<T>,
  warn: Warn<T>,
): Promise<Result<Answer, RequestRefusal>> {
  return done.ok ? ok(render(done.value, warned(form, await warningsNow(deps, warn, done.value.value)))) : done;
}

/** The same for a POST: the warnings are kept with the answer. */
export function answerWarnedOnce<T>(
  deps: Reading,
  actor: Actor,
  run: () => Promise<Result<Changed<T>, RequestRefusal>>,
  form: ChangeAnswer<T>,
  warn: Warn<T>,
): Promise<Result<Answer, RequestRefusal>> {
  let warnings: readonly WriteWarning[] | undefined;
  return answerOnce(actor, run, async (changed, tx) => {
    // Asked anew by each attempt of a transaction that is tried again: the one before saw what was rolled back.
    if (tx !== null) warnings = await warn(tx, changed.value);
    else warnings ??= await warningsNow(deps, warn, changed.value);
    return render(changed, warned(form, warnings));
  });
}

function render<T>({ value, versions, propagation }: Changed<T>, form: ChangeAnswer<T>): Answer {
  const record = form.record?.(value) ?? versions[0] ?? null;
  const version = form.version?.(value) ?? record?.version ?? null;
  return {
    status: form.status,
    ...(form.body === undefined ? {} : { body: form.body(value) }),
    headers: {
      ...propagationHeaders(propagation, record),
      ...(version === null || form.status === 204 ? {} : { ETag: etagOf(version) }),
      ...(form.location === undefined ? {} : { Location: `/admin/v1${form.location(value)}` }),
    },
  };
}
