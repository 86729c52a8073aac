import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import { udpParty } from './support/party.ts';
import { certificate } from './support/secure-parties.ts';
import { SDP } from './support/sip-text.ts';
import { connectApplication, SECRET, type Srf, vanish } from './support/stage.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/dialplane');
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Runs `dialplane sip-engine` with nothing around it: no configuration, no folder, no other service. */
function run(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<{ code: number; text: string }> } {
  const child = spawn(process.execPath, [PROGRAM, 'sip-engine', ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
  children.push(child);
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return { child, ended: once(child, 'close').then(([code]) => ({ code: Number(code), text })) };
}

it('starts alone, serves an unmodified drachtio-srf, and says BYE when it is told to end', async () => {
  const { cert, key } = certificate('first');
  const tls = ['--sip', 'tls/127.0.0.1:0', '--tls-cert', cert, '--tls-key', key];
  const { child, ended } = run(['--sip', 'udp/127.0.0.1:0', ...tls, '--control', '127.0.0.1:0', '--json'], {
    DIALPLANE_SIP_SECRET: SECRET,
  });
  const facts = JSON.parse(String((await once(child.stdout as NonNullable<typeof child.stdout>, 'data'))[0]));
  expect(facts.sip).toHaveLength(2);
  const srf = await connectApplication({ control: { port: Number(facts.control.split(':')[1]) } } as never);
  const alice = await udpParty();
  try {
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
    const port = Number(facts.sip[0].split(':')[1]);
    for (const end = performance.now() + 10_000; !(await (await fetch(facts.metrics)).text()).includes('dialplane_sip_routes 1\n'); )
      expect(performance.now()).toBeLessThan(end);
    const call = new Caller(alice, port);
    call.invite();
    await call.answered();
    child.kill('SIGINT');
    const bye = await alice.request('BYE');
    expect(bye.header('reason')).toContain('stopped');
    alice.answer(bye, port, 200);
    expect((await ended).code).toBe(0);
  } finally {
    vanish(srf);
    await alice.close();
  }
});

it.each([
  [['--secret', 'x'], '--sip'],
  [['--sip', 'udp/0.0.0.0', '--secret', 'x'], 'address:port'],
  [['--sip', 'udp/127.0.0.1:0'], 'DIALPLANE_SIP_SECRET'],
  [['--sip', 'tls/127.0.0.1:0', '--secret', 'x'], '--tls-cert'],
  [['--sip', 'udp/192.0.2.77:5060', '--secret', 'x', '--control', '127.0.0.1:0'], 'udp/192.0.2.77:5060'],
])('says in one line what is wrong with %j and ends with 2', async (args, part) => {
  const { code, text } = await run(args).ended;
  expect(text).toContain(part);
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});
