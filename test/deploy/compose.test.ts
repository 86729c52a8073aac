import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDrachtioUrl } from '../../src/config/drachtio-url.ts';
import { type Config, loadConfig } from '../../src/config/load-config.ts';
import { settingList } from '../../src/config/setting-list.ts';
import { CONFIG, readCompose, readEnvFile, type Service } from './compose-file.ts';
import { environmentOf } from './dockerfile.ts';
import { ROOT, stages } from './image.ts';

const SECRETS = ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'DRACHTIO_SECRET', 'ADMIN_API_KEY', 'SEALING_KEY'];
const filledIn: Record<string, string> = {
  ...readEnvFile('compose.example.env'),
  ...Object.fromEntries(SECRETS.map((name) => [name, randomBytes(32).toString('hex')])),
  SIP_EXTERNAL_ADDRESS: '203.0.113.5',
};
const { file, used } = readCompose(filledIn);
const imageEnv = environmentOf(stages().at(-1)!);
const ours = Object.entries(file.services).filter(([, { image }]) => image.startsWith('dialplane:'));
const variables = ({ environment = {} }: Service): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
const configOf = (service: Service): Config => loadConfig({ ...imageEnv, ...variables(service) }, '/');
const service = (name: string): Service => {
  const found = file.services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
};
const share = (a: string, b: string): boolean => service(a).networks.some((network) => service(b).networks.includes(network));

describe('config/compose.yaml', () => {
  it('runs each role once, from this checkout, with settings the program accepts and no others', () => {
    expect(ours.map(([, one]) => configOf(one).process.roles.join()).sort()).toEqual(['agent', 'api', 'worker']);
    const known = new Set(settingList.map(({ env }) => env));
    for (const [name, one] of ours) {
      expect(resolve(CONFIG, one.build?.context ?? '')).toBe(resolve(ROOT));
      for (const key of Object.keys(one.environment ?? {})) expect(known.has(key), `${name}: ${key}`).toBe(true);
      expect(one.read_only).toBe(true);
    }
    for (const key of Object.keys(imageEnv)) expect(known.has(key) || key === 'NODE_ENV', key).toBe(true);
  });

  it('finds every service it names, on a network both are on, at the port that one listens on', () => {
    for (const [name, one] of ours) {
      const config = configOf(one);
      const urls = [config.postgres.url, config.redis.url].filter((url) => url !== undefined).map((url) => new URL(url));
      const servers = parseDrachtioUrl(config.sip.drachtioUrl ?? '', config.sip.drachtioSecret) ?? [];
      const targets = [...urls.map((url) => ({ host: url.hostname, port: Number(url.port) })), ...servers];
      for (const { host, port } of targets) {
        expect(share(name, host), `${name} → ${host}`).toBe(true);
        expect(port).toBe({ postgres: 5432, redis: 6379, 'sip-server': controlPort() }[host]);
        expect(one.depends_on?.[host]?.condition).toBe('service_healthy');
        expect(service(host).healthcheck).toBeDefined();
      }
    }
    const { username, pathname } = new URL(configOf(service('api')).postgres.url ?? '');
    expect([username, pathname]).toEqual([variables(service('postgres')).POSTGRES_USER, `/${variables(service('postgres')).POSTGRES_DB}`]);
    // A call never needs PostgreSQL, and who has no faces needs no platform key.
    expect(configOf(service('agent')).postgres.url).toBeUndefined();
    for (const name of ['agent', 'worker']) expect(variables(service(name)).ADMIN_API_KEY).toBeUndefined();
  });

  it('keeps control port, database, Redis and operations to those who need them', () => {
    const members = (network: string) => Object.keys(file.services).filter((name) => service(name).networks.includes(network));
    expect(file.networks.control?.internal).toBe(true);
    expect(file.networks.data?.internal).toBe(true);
    expect(members('control').sort()).toEqual(['agent', 'sip-server']);
    // The control port listens on every address of its container.
    expect(service('sip-server').networks.filter((network) => network !== 'control')).toEqual(['sip']);
    expect(members('sip')).toEqual(['sip-server']);
    const published = Object.values(file.services).flatMap(({ ports = [] }) => ports);
    const open = published.filter((port) => !port.startsWith('127.0.0.1:'));
    expect(open).toEqual(['5060:5060/udp', '5060:5060/tcp']);
    const { HTTP_PORT, OPS_PORT } = imageEnv;
    expect(service('api').ports).toEqual([`127.0.0.1:${HTTP_PORT}:${HTTP_PORT}`, `127.0.0.1:${OPS_PORT}:${OPS_PORT}`]);
  });

  it('names only files, volumes and networks that exist, and variables that its example file explains', () => {
    for (const [name, one] of Object.entries(file.services)) {
      for (const network of one.networks) expect(file.networks[network], `${name}: ${network}`).toBeDefined();
      for (const mount of one.volumes ?? []) {
        const [source = ''] = mount.split(':');
        const there = source.startsWith('.') ? existsSync(join(CONFIG, source)) : file.volumes[source] !== undefined;
        expect(there, `${name}: ${source}`).toBe(true);
      }
    }
    expect([...used].sort()).toEqual(Object.keys(readEnvFile('compose.example.env')).sort());
    for (const name of SECRETS) expect(() => readCompose({ ...filledIn, [name]: '' })).toThrow(name);
    expect(readEnvFile('compose.example.env')).toEqual(Object.fromEntries([...used].map((name) => [name, ''])));
  });

  it('waits longer for the end of a role than the role drains', () => {
    for (const [, one] of ours) {
      expect(Number(one.stop_grace_period?.replace('s', ''))).toBeGreaterThanOrEqual(configOf(one).process.drainSeconds + 10);
    }
  });

  it('gives the SIP server the secret by environment only, and the address the agents give out', () => {
    const sipServer = service('sip-server');
    expect(readFileSync(join(CONFIG, 'drachtio.conf.xml'), 'utf8')).not.toMatch(/secret=/);
    expect(variables(sipServer).DRACHTIO_SECRET).toBe(variables(service('agent')).DRACHTIO_SECRET);
    expect(sipServer.command?.join(' ')).not.toContain(filledIn.DRACHTIO_SECRET);
    expect(sipServer.command).toContain(configOf(service('agent')).sip.externalAddress);
    const file = sipServer.command?.[sipServer.command.indexOf('--file') + 1];
    expect(sipServer.volumes?.map((mount) => mount.split(':')[1])).toContain(file);
  });

  it.runIf(redisOnPath())('starts a Redis that keeps everything, without its password on the command line', async () => {
    const { command = [], environment } = service('redis');
    const dir = mkdtempSync(join(tmpdir(), 'dialplane-redis-'));
    const script = (command[2] ?? '').replaceAll('/tmp/', `${dir}/`).replaceAll('/data', dir);
    const child = spawn(command[0] ?? '', [command[1] ?? '', `${script} --port 0 --unixsocket ${dir}/socket`], {
      env: { PATH: process.env.PATH, ...variables({ environment } as Service) },
    });
    const ended = new Promise((done) => child.once('exit', done));
    try {
      await expect.poll(() => existsSync(`${dir}/socket`), { timeout: 10_000 }).toBe(true);
      const ask = (...words: string[]) =>
        execFileSync('redis-cli', ['-s', `${dir}/socket`, ...words], {
          encoding: 'utf8',
          env: { PATH: process.env.PATH, REDISCLI_AUTH: filledIn.REDIS_PASSWORD },
        });
      expect(ask('ping')).toContain('PONG');
      expect(ask('config', 'get', 'maxmemory-policy')).toContain('noeviction');
      expect(ask('config', 'get', 'appendonly')).toContain('yes');
      expect(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')).not.toContain(filledIn.REDIS_PASSWORD);
    } finally {
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('config/prometheus/prometheus.yml', () => {
  it('scrapes every role of compose through OPS_PORT', () => {
    const { scrape_configs: jobs } = parse(readFileSync(join(CONFIG, 'prometheus/prometheus.yml'), 'utf8')) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const [job] = jobs.filter(({ job_name: name }) => name === 'dialplane');
    const [discovery] = job?.dns_sd_configs ?? [];
    expect(discovery?.port).toBe(Number(imageEnv.OPS_PORT));
    expect(discovery?.names.sort()).toEqual(ours.map(([name]) => name).sort());
    for (const [name] of ours) expect(share('prometheus', name)).toBe(true);
  });
});

describe('config/example.env', () => {
  it('is accepted as it stands, its empty lines filled in', () => {
    const given = { ...readEnvFile('example.env'), ADMIN_API_KEY: 'k'.repeat(32), SEALING_KEY: 'ab'.repeat(32) };
    const config = loadConfig(given, '/');
    expect(config.ops.port).toBe(Number(imageEnv.OPS_PORT));
    const known = new Set(settingList.map(({ env }) => env));
    expect(Object.keys(given).filter((key) => !known.has(key))).toEqual([]);
  });
});

describe('config/dialplane.service', () => {
  const unit = readFileSync(join(CONFIG, 'dialplane.service'), 'utf8');

  it('runs what the image runs, as an ordinary user, and gives it time to drain', () => {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
    expect(value('ExecStart')).toBe('/usr/bin/node --enable-source-maps /opt/dialplane/dist/main.js');
    expect(value('User')).toBe('dialplane');
    expect(Number(value('TimeoutStopSec'))).toBeGreaterThan(loadConfig({}, '/').process.drainSeconds + 10);
    expect(existsSync(join(ROOT, value('Documentation').replace('file:///opt/dialplane/', '')))).toBe(true);
  });

  it.runIf(onPath('systemd-analyze'))('passes systemd-analyze verify', () => {
    const said = execFileSync('systemd-analyze', ['verify', join(CONFIG, 'dialplane.service')], { encoding: 'utf8', stdio: 'pipe' });
    expect(said).toBe('');
  });
});

function controlPort(): number {
  return Number(/<admin port="(\d+)"/.exec(readFileSync(join(CONFIG, 'drachtio.conf.xml'), 'utf8'))?.[1]);
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((dir) => existsSync(join(dir, program)));
}

function redisOnPath(): boolean {
  return onPath('redis-server') && onPath('redis-cli');
}
