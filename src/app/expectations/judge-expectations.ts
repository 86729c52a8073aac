import type { DecisionSettings } from '../../domain/call.ts';
import { brokenBy, CALL_IDS, type Expectation, type ExpectedCall, type Judged } from '../../domain/expectation.ts';
import { type Explanation, explainOf } from '../../domain/explain.ts';
import { type RecordRef, recordRef } from '../../domain/records.ts';
import { buildSourceIndex } from '../../domain/source-index.ts';
import { type AssumedSender, assumeSender, isAssumed, type SaidSender } from '../calls/assume-sender.ts';
import { type AskedCall, decideOnRecords } from '../calls/decide-on-records.ts';
import { askedRequest, withAssumption } from '../calls/explain-call.ts';
import { SOURCES } from '../ports/expectations.ts';
import type { RecordReader } from '../ports/routing.ts';

/** What judging needs of an expectation. */
export type ToJudge = Pick<Expectation, 'id' | 'accountId' | 'call' | 'expected'>;

/** What judging rests on besides records. */
export interface JudgeRules {
  readonly settings: DecisionSettings;
  readonly at: number;
}

// A whole rate deck behind one number says no more than its first gateways.
const CANDIDATES_MAX = 20;

const saidSender = ({ call, accountId }: ToJudge): SaidSender => ({
  direction: call.direction,
  mode: call.mode,
  from: call.from,
  anyCarrier: true,
  ...(call.source === null ? {} : { source: call.source }),
  ...(call.trunkGroupId === null ? {} : { trunkGroupId: call.trunkGroupId }),
  ...(call.credential === null ? {} : { credential: call.credential }),
  ...(call.direction === 'inbound' || accountId === null ? {} : { accountId }),
});

/** Judges each by the function that decides calls, on the records as `reader` has them. */
export async function judgeExpectations(
  expectations: readonly ToJudge[],
  reader: RecordReader,
  { settings, at }: JudgeRules,
): Promise<readonly Judged[]> {
  const senders = await assumeAll(expectations, reader);
  const judged: Judged[] = [];
  const askedOf = ({ id, call }: ToJudge, sender: AssumedSender, n: number): AskedCall => ({
    request: askedRequest({ callId: `${id}:${n}`, at: call.at ?? at, to: call.to, ...withSource(call) }, sender),
    held: sender.held,
  });
  const asked = expectations.flatMap((one, index) =>
    Array.from({ length: CALL_IDS }, (_, n) => askedOf(one, senders[index] as AssumedSender, n)),
  );
  const decisions = await decideOnRecords(asked, reader, settings);
  for (const [index, one] of expectations.entries()) {
    const sender = senders[index] as AssumedSender;
    const explained = decisions.slice(index * CALL_IDS, (index + 1) * CALL_IDS).map(explainOf);
    judged.push(verdict(one, explained, sender, at));
  }
  return judged;
}

const withSource = ({ source }: ExpectedCall) => (source === null ? {} : { source });

/** What the sender of an expected call is found by: read for all of them together. */
const namedBy = ({ accountId, call: { from, mode, trunkGroupId } }: ToJudge): readonly RecordRef[] => [
  ...(accountId === null ? [] : [recordRef.account(accountId)]),
  ...(trunkGroupId === null ? [] : [recordRef.trunkGroup(trunkGroupId)]),
  ...(from === null ? [] : [recordRef.number(mode, from.startsWith('+') ? from : `+${from}`)]),
];

/** One after the other where they look for their sender by its address, and the list of sources read and indexed once. */
async function assumeAll(expectations: readonly ToJudge[], reader: RecordReader): Promise<readonly AssumedSender[]> {
  let sources: ReturnType<RecordReader['readSources']> | undefined;
  const known = new Map(await reader.read([...new Set(expectations.flatMap(namedBy))]));
  const once: RecordReader = {
    read: async (refs) => (refs.every((ref) => known.has(ref)) ? known : await reader.read(refs)),
    readSources: () => {
      sources ??= reader.readSources();
      return sources;
    },
  };
  let index: ReturnType<typeof buildSourceIndex> | undefined;
  const indexOnce: typeof buildSourceIndex = (records) => {
    index ??= buildSourceIndex(records);
    return index;
  };
  const senders: AssumedSender[] = [];
  for (const one of expectations) senders.push(await assumeSender(saidSender(one), once, indexOnce));
  return senders;
}

function verdict(one: ToJudge, explained: readonly Explanation[], sender: AssumedSender, at: number): Judged {
  const [first] = explained;
  if (first === undefined) throw new Error('an expectation without a decision');
  const bad = explained.find((explanation) => brokenBy(one.expected, explanation) !== null);
  const told = withAssumption(bad ?? first, sender);
  return {
    broken: bad === undefined ? null : brokenBy(one.expected, bad),
    explanation: { ...told, candidates: told.candidates.slice(0, CANDIDATES_MAX) },
    depends: dependsOf(one, explained),
    at,
  };
}

/** All that was read, and what names the call itself: a change of anything else leaves every decision as it is. */
function dependsOf({ call, accountId }: ToJudge, explained: readonly Explanation[]): readonly RecordRef[] {
  const { mode, from, to, trunkGroupId, credential, source, direction } = call;
  const numbers = [from, to].filter((text) => text?.startsWith('+') === true).map((e164) => recordRef.number(mode, e164 as string));
  return [
    ...new Set<RecordRef>([
      ...explained.flatMap(({ versions }) => versions.map(({ record }) => record)).filter((ref) => !isAssumed(ref)),
      ...numbers,
      ...(trunkGroupId === null ? [] : [recordRef.trunkGroup(trunkGroupId)]),
      ...(credential === null ? [] : [recordRef.credential(credential.realm, credential.username)]),
      ...(accountId === null || direction === 'inbound' ? [] : [recordRef.account(accountId)]),
      ...(source === null ? [] : [SOURCES]),
    ]),
  ];
}
