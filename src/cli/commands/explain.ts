import type { ExplainCallAnswer, ExplainPastCallAnswer } from '../../client/admin/calls-wire.ts';
import type { Command } from '../command.ts';
import { cellText } from '../printable.ts';
import { tableText } from '../table.ts';
import { UsageError } from '../usage-error.ts';

/** `dialplane explain`: why a call went as it did, or how one would go. */
export const explainCommand: Command = {
  about: 'Why a call went as it did, or how one would go.',
  actions: {
    '': {
      about: 'Give the id of a call, or --from and --to (and --source IP[:PORT]) of one that might be.',
      args: ['[call id]'],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        source: { type: 'string' },
        credential: { type: 'string' },
        direction: { type: 'string' },
        at: { type: 'string' },
      },
      async run({ given, output, admin }) {
        const [callId] = given.args;
        const [from, to] = [given.text('from'), given.text('to')];
        if (callId === undefined && (from === undefined || to === undefined))
          throw new UsageError('explain: a call id, or --from and --to');
        const question = {
          from,
          to,
          source: given.text('source'),
          credential: given.text('credential'),
          direction: given.choice('direction', ['inbound', 'outbound']),
          at: given.text('at'),
        };
        const answer = await admin().calls.explainCall(callId === undefined ? question : { call_id: callId });
        await output.told(answer, explanationText(answer));
      },
    },
  },
};

/** The steps one under the other: the last one that is not ok is the reason. */
function explanationText(answer: ExplainCallAnswer): string {
  const { outcome, sip_status, code, remedy, steps, candidates, versions } = answer;
  const how = outcome === 'connect' ? 'connects' : `refused with ${sip_status ?? 'no answer'}: ${cellText(code)}`;
  const lines = steps.map(({ step, ok, facts }) => `  ${ok ? 'ok ' : 'NO '} ${cellText(step).padEnd(18)} ${factsLine(facts)}`.trimEnd());
  return [
    `${how}\n`,
    `${lines.join('\n')}\n`,
    ...(remedy === null ? [] : [`remedy: ${cellText(remedy)}\n`]),
    ...(candidates.length === 0 ? [] : [tableText(candidates, ['uri', 'gateway', 'chosen', 'reason'], true)]),
    ...('attempts' in answer ? pastTexts(answer) : []),
    `rests on ${versions.map(({ record, version }) => `${cellText(record)} v${version}`).join(', ') || 'no record'}\n`,
  ].join('\n');
}

/** What became of a call that was: its attempts, and its end in the words of the catalogue. */
function pastTexts({ result, attempts }: ExplainPastCallAnswer): string[] {
  const tried = attempts.length === 0 ? [] : [tableText(attempts, ['n', 'candidate', 'uri', 'outcome', 'sip_status'], true)];
  if (result === null) return [...tried, 'goes on\n'];
  const { outcome, sip_status, code, meaning, remedy, ended_by } = result;
  const end = [outcome, sip_status, code].filter((part) => part !== null).map(cellText);
  const why = [...(meaning === null ? [] : [` ${cellText(meaning)}`]), ...(remedy === null ? [] : [`\nremedy: ${cellText(remedy)}`])];
  return [...tried, `${end.join(' ')}, by ${cellText(ended_by ?? 'nobody')}.${why.join('')}\n`];
}

const factsLine = (facts: Readonly<Record<string, unknown>>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${cellText(name)}=${cellText(value)}`)
    .join(' ');
