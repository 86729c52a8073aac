import { CALL_REFUSALS, type CallRefusal } from './refusal.ts';

/** The page of refusals for people, from the table itself. */
export function refusalPage(): string {
  const rows = Object.entries<CallRefusal>(CALL_REFUSALS).map(
    ([code, { sipStatus, q850, meaning, remedy, retryAfterSeconds }]) =>
      `| \`${code}\` | ${sipStatus} | ${q850} | ${meaning} | ${remedy} | ${retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s`} |`,
  );
  return `# Why a call was refused

Generated from \`src/domain/refusal.ts\`; do not edit. A carrier or customer that was recognised gets the code as
\`X-Dialplane-Reason\` and our call id as \`X-Dialplane-Call-Id\`; the call record has it as \`refusal_code\`, metrics as
\`dialplane_calls_total{reason}\`, and \`POST /admin/v1/explain\` shows the steps that led to it. Strangers get neither.

| code | SIP | Q.850 | meaning | remedy | Retry-After |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
