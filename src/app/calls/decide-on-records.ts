import { setImmediate as breathe } from 'node:timers/promises';
import type { CallRequest, Decision, DecisionSettings } from '../../domain/call.ts';
import type { Need, RecordView } from '../../domain/record-view.ts';
import type { RecordRef, Versioned } from '../../domain/records.ts';
import type { RecordReader } from '../ports/routing.ts';
import { judgeCall } from './judge-call.ts';

// As many as a call on the wire may make.
const LOOKS_MAX = 96;
/** So many decisions are made before others have their turn. */
const AT_ONCE = 200;

/** One call to decide, and what is known for it alone. */
export interface AskedCall {
  readonly request: CallRequest;
  readonly held?: ReadonlyMap<RecordRef, Versioned>;
}

/** Nobody is asked of a call that nobody placed: a webhook's answer counts as none, and the decision says so. */
function judgeUnasked(request: CallRequest, view: RecordView, settings: DecisionSettings): Decision | Need {
  const decision = judgeCall(request, view, settings, () => false);
  if (decision.outcome !== 'need' || decision.question === undefined) return decision;
  const { endpointId, called } = decision.question;
  const fact = { endpointId, called, result: 'not_asked' } as const;
  return judgeUnasked({ ...request, answers: [...(request.answers ?? []), fact] }, view, settings);
}

/** Makes the decisions of calls that nobody placed, on the records as `reader` has them; each record is read once for all. */
export async function decideOnRecords(
  calls: readonly AskedCall[],
  reader: Pick<RecordReader, 'read'>,
  settings: DecisionSettings,
): Promise<readonly Decision[]> {
  const read = new Map<RecordRef, Versioned>();
  const decisions = new Array<Decision | undefined>(calls.length);
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const missing = new Set<RecordRef>();
    for (const [index, { request, held }] of calls.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await breathe();
      if (decisions[index] !== undefined) continue;
      const view = { get: (ref: RecordRef) => held?.get(ref) ?? read.get(ref) };
      const decision = judgeUnasked(request, view, settings);
      if (decision.outcome === 'need') for (const ref of decision.refs) missing.add(ref);
      else decisions[index] = decision;
    }
    if (missing.size === 0) return decisions as readonly Decision[];
    for (const [ref, versioned] of await reader.read([...missing])) read.set(ref, versioned);
  }
  throw new Error('a decision asked for records without end');
}
