import type { CallRequest, DecisionSettings, DecisionStep } from './call.ts';
import { kindOf, type RecordKind, type RecordOf, type RecordRef, type RecordVersion, type Versioned } from './records.ts';
import type { WebhookFact, WebhookQuestion } from './webhook-answer.ts';

/** What the decision may look at; undefined: not at hand, ask for it. A record that does not exist is `{version, record: null}`. */
export interface RecordView {
  get(ref: RecordRef): Versioned | undefined;
}

/** The decision cannot go on without these records, or this answer: get them and decide again. */
export interface Need {
  readonly outcome: 'need';
  readonly refs: readonly RecordRef[];
  /** An endpoint's webhook must be asked, and its answer be among the facts of the request; then no records are named. */
  readonly question?: WebhookQuestion;
}

/** Where a decision stands: what it reads from, and what it has read and found so far. */
export interface DecisionContext {
  readonly request: CallRequest;
  readonly settings: DecisionSettings;
  readonly view: RecordView;
  readonly steps: DecisionStep[];
  readonly versions: Map<RecordRef, number>;
  /** The account whose details are noted while they are not the call's own; absent: its own. */
  readonly of?: string;
  /** The number that whoever is called sees, once it was checked; absent: what the INVITE says. */
  readonly caller?: string;
}

/** What a decision lacks. */
export type Lacking = Omit<Need, 'outcome'>;

/** A part of a decision: yields what it lacks, returns what it found. Nothing is ever sent in. */
export type Deciding<T> = Generator<Lacking, T, void>;

/** Makes sure all these records are at hand, asking for all missing ones at once. */
export function* want(context: DecisionContext, refs: readonly RecordRef[]): Deciding<void> {
  const missing = refs.filter((ref) => context.view.get(ref) === undefined);
  if (missing.length > 0) yield { refs: [...new Set(missing)] };
}

/** Reads one record and notes its version, also of one that does not exist: its coming must undo the decision too. */
export function* readRecord<K extends RecordKind>(context: DecisionContext, kind: K, ref: RecordRef): Deciding<RecordOf<K> | null> {
  yield* want(context, [ref]);
  const found = context.view.get(ref);
  if (found === undefined || kindOf(ref) !== kind) return null;
  context.versions.set(ref, found.version);
  return found.record?.kind === kind ? (found.record as RecordOf<K>) : null;
}

/** What the webhook of an endpoint says of a call to this number; asks for it to be asked where nobody did. */
export function* webhookFact(context: DecisionContext, question: WebhookQuestion): Deciding<WebhookFact | null> {
  const { endpointId, called } = question;
  const find = (): WebhookFact | undefined =>
    context.request.answers?.find((fact) => fact.endpointId === endpointId && fact.called === called);
  if (find() === undefined) yield { refs: [], question };
  return find() ?? null;
}

/** Notes one step for explain; facts are small and hold no secrets. */
export function note(context: DecisionContext, step: string, ok: boolean, facts: Readonly<Record<string, unknown>>): void {
  context.steps.push(context.of === undefined ? { step, ok, facts } : { step, ok, facts, of: context.of });
}

/** The vector the decision rests on, in the order of reading. */
export const versionsOf = (context: DecisionContext): RecordVersion[] =>
  [...context.versions].map(([record, version]) => ({ record, version }));
