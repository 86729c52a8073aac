import { createSocket } from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramRun, runProgram } from './program-run.ts';

/** A Kamailio on an address of its own. */
export interface KamailioOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Where it speaks TLS, with which certificate, and whom it believes. */
  readonly tls?: {
    readonly host: string;
    readonly port: number;
    readonly cert: string;
    readonly key: string;
    readonly authorities: string;
  };
  /** Routes of requests outside of a dialog, in Kamailio's own language; `route[NEW]` gets them once they are recorded. */
  readonly routes: string;
}

const MODULES = ['tm', 'sl', 'rr', 'pv', 'xlog', 'maxfwd', 'textops', 'siputils', 'usrloc', 'registrar', 'auth', 'tls'];

const configText = ({ name, host, port, tls, routes }: KamailioOptions, folder: string): string => `#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
tcp_source_ipv4=${host}
${tls === undefined ? '' : 'enable_tls=yes\n'}listen=udp:${host}:${port}
listen=tcp:${host}:${port}
${tls === undefined ? '' : `listen=tls:${tls.host}:${tls.port}\n`}
${MODULES.filter((module) => tls !== undefined || module !== 'tls')
  .map((module) => `loadmodule "${module}.so"`)
  .join('\n')}
modparam("usrloc", "db_mode", 0)
${tls === undefined ? '' : `modparam("tls", "config", "${join(folder, 'tls.cfg')}")\n`}
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) { xlog("L_ERR", "${name}: $rm within the call from $proto:$si:$sp\\n"); t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not Here"); exit;
  }
  t_check_trans();
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  xlog("L_ERR", "${name}: $rm $ru from $fU at $proto:$si:$sp\\n");
  if (is_method("INVITE")) { record_route(); t_on_reply("SEEN"); }
  route(NEW);
  sl_send_reply("404", "Not Found");
}
onreply_route[SEEN] { xlog("L_ERR", "${name}: $rs $rr to $rm from $proto:$si:$sp\\n"); }
${routes}
`;

const tlsText = ({ cert, key, authorities }: NonNullable<KamailioOptions['tls']>): string => `[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
private_key = ${key}
certificate = ${cert}
[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
ca_list = ${authorities}
private_key = ${key}
certificate = ${cert}
`;

/** Starts a Kamailio and returns once it serves. Its log is what the routes write and what it complains of. */
export async function startKamailio(folder: string, options: KamailioOptions): Promise<ProgramRun> {
  const home = join(folder, options.name);
  mkdirSync(join(home, 'run'), { recursive: true });
  if (options.tls !== undefined) writeFileSync(join(home, 'tls.cfg'), tlsText(options.tls));
  const file = join(home, 'kamailio.cfg');
  writeFileSync(file, configText(options, home));
  const run = runProgram('kamailio', ['-f', file, '-DD', '-E', '-m', '32', '-M', '8', '-Y', join(home, 'run')], home);
  try {
    await run.says(/Listening on/);
    await answers(options, run);
    return run;
  } catch (error) {
    await run.stop();
    throw error;
  }
}

/** Asks until it answers: it says that it listens before it does. */
async function answers({ host, port, name }: KamailioOptions, run: ProgramRun): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, '127.0.0.1');
  await new Promise<void>((resolve) => socket.once('listening', resolve));
  let heard = false;
  socket.on('message', () => {
    heard = true;
  });
  const deadline = performance.now() + 10_000;
  for (let count = 1; !heard; count += 1) {
    if (performance.now() > deadline || run.process.exitCode !== null) throw new Error(`${name} does not answer:\n${run.log()}`);
    const { port: own } = socket.address();
    const via = `SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKready${count}`;
    const fields = ['Max-Forwards: 5', 'From: <sip:test@127.0.0.1>;tag=1', 'To: <sip:test@127.0.0.1>', `Call-ID: ready-${count}`];
    const text = [`OPTIONS sip:${host} SIP/2.0`, `Via: ${via}`, ...fields, 'CSeq: 1 OPTIONS', 'Content-Length: 0', '', ''].join('\r\n');
    socket.send(text, port, host);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  socket.close();
}
