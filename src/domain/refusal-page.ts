import { CALL_REFUSALS, type CallRefusal, type CallRefusalCode } from './refusal.ts';

/** The page of refused calls for people, from the table itself and the tests that put each code on the wire. */
export function refusalPage(wireTests: Readonly<Record<CallRefusalCode, string>>): string {
  const rows = Object.entries<CallRefusal>(CALL_REFUSALS).map(
    ([code, { sipStatus, q850, meaning, remedy, retryAfterSeconds }]) =>
      `| \`${code}\` | ${sipStatus} | ${q850} | ${meaning} | ${remedy} | ${retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s`} | ${
        wireTests[code as CallRefusalCode]
      } |`,
  );
  return `# Why a call was refused

Generated from \`src/domain/refusal.ts\`; do not edit. A carrier or customer that was recognised gets the code as
\`X-Dialplane-Reason\` and our call id as \`X-Dialplane-Call-Id\`; the call record has it as \`refusal_code\`, metrics as
\`dialplane_calls_total{reason}\`, and \`POST /admin/v1/explain\` shows the steps that led to it. Strangers get neither.
A challenge (407), and what an agent that is full turns away, names nobody and leaves no record.

| code | SIP | Q.850 | meaning | remedy | Retry-After | put on the wire by |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
