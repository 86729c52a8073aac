import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../support/program.ts';
import { Caller } from './support/caller.ts';
import { type Party, udpParty } from './support/party.ts';
import { SDP } from './support/sip-text.ts';
import { connectApplication, SECRET, type Srf, until, vanish } from './support/stage.ts';

const MAIN = compiled('sip-engine/main');

let child: ChildProcess;
let info: Record<string, string | number>;
let srf: Srf;
let alice: Party;
beforeEach(async () => {
  await start(300);
  srf = await connectApplication({ control: { port: info.control_port } } as never);
  alice = await udpParty();
}, 20_000);

async function start(graceMs: number): Promise<void> {
  const options = {
    sipHost: '127.0.0.1',
    sipPort: 0,
    controlSecret: SECRET,
    graceMs,
    timers: { t1Ms: 20, t2Ms: 80, t4Ms: 60 },
    logLevel: 'error',
  };
  child = fork(MAIN.file, [], {
    execArgv: MAIN.execArgv,
    env: { ...process.env, DIALPLANE_ENGINE: JSON.stringify(options) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [{ type: string; info: typeof info }];
  expect(message.type).toBe('ready');
  info = message.info;
}

async function kill(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

afterEach(async () => {
  vanish(srf);
  await alice.close();
  await kill();
});

const fetchText = async (path: string): Promise<string> => (await fetch(new URL(path, String(info.metrics_url)))).text();

async function talking(): Promise<void> {
  srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
  await untilMetric('dialplane_sip_routes 1');
  const call = new Caller(alice, Number(info.sip_port));
  call.invite();
  await call.answered();
}

async function untilMetric(line: string): Promise<void> {
  for (const end = performance.now() + 5000; ; ) {
    if ((await fetchText('/metrics')).includes(`${line}\n`)) return;
    if (performance.now() > end) throw new Error(`metric never was: ${line}`);
  }
}

async function hungUp(): Promise<string> {
  const bye = await alice.request('BYE');
  alice.answer(bye, Number(info.sip_port), 200);
  return bye.header('reason');
}

describe('the engine as a process', () => {
  it('serves health and metrics that promtool accepts, and no secret in its environment', async () => {
    await talking();
    expect(await fetchText('/livez')).toContain('ok');
    expect(JSON.parse(await fetchText('/readyz'))).toMatchObject({ status: 'ready', applications: 1, dialogs: 1 });
    const metrics = await fetchText('/metrics');
    expect(metrics).toContain('dialplane_sip_messages_total{direction="in",method="INVITE",status=""} 1');
    expect(metrics).toContain('dialplane_sip_dialogs 1');
    if (hasPromtool()) execFileSync('promtool', ['check', 'metrics'], { input: metrics });
    expect(metrics).not.toContain(SECRET);
  });

  it('ends its calls and exits 0 on SIGTERM', async () => {
    await talking();
    child.kill('SIGTERM');
    expect(await hungUp()).toContain('stopped');
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  it('outlives its supervisor for the grace period, then ends its calls and itself', async () => {
    await talking();
    const gone = performance.now();
    child.disconnect();
    expect(await hungUp()).toContain('supervisor lost');
    expect(performance.now() - gone).toBeGreaterThan(280);
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  it('ends at once when its supervisor goes and no call is left', async () => {
    await kill();
    await start(60_000);
    const gone = performance.now();
    child.disconnect();
    await once(child, 'exit');
    expect(performance.now() - gone).toBeLessThan(30_000);
  });

  it('ends the calls of an application that died, and serves the next one', async () => {
    await talking();
    vanish(srf);
    expect(await hungUp()).toContain('Application lost');
    srf = await connectApplication({ control: { port: info.control_port } } as never);
    await talking();
    await until(
      () => child.exitCode === null,
      1000,
      () => 'ended',
    );
  });
});

function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
