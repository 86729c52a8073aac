import type { DaemonState } from './daemon.ts';
import type { DemoCall } from './place-calls.ts';
import { HAND_PORTS, type Seeded } from './seed.ts';

/** Says which step begins. */
export const step = (n: number, of: number, what: string): void => console.log(`[${n}/${of}] ${what}`);

/** The table of what the calls came to. */
export function printCalls(calls: readonly DemoCall[]): void {
  const row = (cells: readonly string[]): string =>
    `  ${cells.map((cell, index) => cell.padEnd([5, 15, 15, 8, 8][index] ?? 0)).join(' ')}`.trimEnd();
  console.log(`\n${row(['call', 'from', 'to', 'answer', 'set-up'])}`);
  for (const { title, from, to, status, setupMs, why } of calls) {
    console.log(row([title, from, to, String(status), `${setupMs} ms`]));
    console.log(`        why: ${why}`);
  }
}

/** Where everything is, and lines to copy. */
export function printWhere(state: DaemonState, { key, number, numberId }: Seeded, logFile: string): void {
  const url = state.http_url;
  const sip = `${state.sip_host}:${state.sip_port}`;
  const auth = `-H 'Authorization: Bearer ${key}'`;
  console.log(`
HTTP     ${url}   (OpenAPI: ${url}/openapi/kros.json, metrics: ${url}/metrics, health: ${url}/readyz)
SIP      sip:${sip}   (UDP and TCP)
key      ${key}
admin    ${state.admin_api_key}
number   ${number}
log      ${logFile}

Try it (each line as it stands):
  buy another number    curl -s ${auth} -H 'Content-Type: application/json' -d "{\\"inventory_id\\":\\"$(curl -s ${auth} '${url}/phone-numbers?action=available&limit=1' | grep -o '"id":"[^"]*' | head -1 | cut -c7-)\\"}" ${url}/phone-numbers
  forbid calls to it    curl -s -X PATCH ${auth} -H 'Content-Type: application/json' -d '{"allow_inbound":false}' ${url}/phone-numbers/${numberId}
  call it               sipp -sn uac -i 127.0.0.1 -p ${HAND_PORTS[0]} -s ${number} ${sip} -m 1 -d 1000
Why did it fail?        curl -s -H 'Authorization: Bearer ${state.admin_api_key}' -H 'Content-Type: application/json' -d '{"direction":"inbound","from":"+442071838750","to":"${number}"}' ${url}/admin/v1/explain

Ctrl-C ends everything.`);
}
