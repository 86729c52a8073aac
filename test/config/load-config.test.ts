import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { configurationPage } from '../../src/config/document.ts';
import { parseDrachtioUrl } from '../../src/config/drachtio-url.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { printConfig } from '../../src/config/print-config.ts';
import { settingList } from '../../src/config/setting-list.ts';
import { engineUrl } from '../../src/supervisor/engine-options.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dialplane-config-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function withFile(content: unknown, env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const path = join(dir, 'mine.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { CONFIG_FILE: 'mine.json', ...env };
}

function refusal(env: NodeJS.ProcessEnv): ConfigError {
  try {
    loadConfig(env, dir);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig', () => {
  it('has a default for every setting and nothing else in config/default.json', () => {
    const file = JSON.parse(readFileSync(new URL('../../config/default.json', import.meta.url), 'utf8')) as Record<string, object>;
    const inFile = Object.entries(file).flatMap(([part, section]) => Object.keys(section).map((key) => `${part}.${key}`));
    expect(inFile.sort()).toEqual(settingList.map((setting) => setting.path).sort());
  });

  it('keeps the defaults of the contract', () => {
    const config = loadConfig({}, dir);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.sip).toMatchObject({ host: '127.0.0.1', port: 5060, domain: 'dialplane.local', drachtioUrl: undefined });
    expect(config.process).toMatchObject({ roles: ['api', 'agent', 'worker'], drainSeconds: 8, dataDir: join(dir, '.local') });
    expect(config.rules.coolOffDays).toBe(15);
    expect(config.auth.jwtAudience).toBe('authenticated');
  });

  it('knows every environment name of the contract, each once', () => {
    const contract =
      'HTTP_HOST HTTP_PORT SIP_HOST SIP_PORT SIPS_PORT DRACHTIO_URL DRACHTIO_SECRET DATABASE_URL REDIS_URL REDIS_QUEUE_URL DATA_DIR ROLES ADMIN_API_KEY SEALING_KEY LOG_LEVEL COOL_OFF_DAYS JWT_SECRET JWKS_URL JWT_ISSUER JWT_AUDIENCE SIP_DOMAIN SIP_EXTERNAL_ADDRESS SIP_LISTEN SIP_LOCAL_NETWORKS HTTP_PUBLIC_URL TRUST_PROXY DRAIN_SECONDS OPS_HOST OPS_PORT OPS_PUBLIC DEFAULT_COUNTRY CLOCK ALLOW_TEST_CLOCK PROPAGATION_WAIT_MS PROCESS';
    const names = settingList.map((setting) => setting.env);
    expect(contract.split(' ').filter((name) => !names.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('lets the file win over the defaults and the environment over the file; an empty variable is an unset one', () => {
    const env = withFile(
      { http: { port: 1234 }, sip: { ring_timeout_ms: 700 } },
      { HTTP_PORT: '0', SIP_RING_TIMEOUT_MS: '', COOL_OFF_DAYS: '0.5', ROLES: 'agent, agent' },
    );
    const config = loadConfig(env, dir);
    expect(config.http.port).toBe(0);
    expect(config.sip.ringTimeoutMs).toBe(700);
    expect(config.rules.coolOffDays).toBe(0.5);
    expect(config.process.roles).toEqual(['agent', 'agent']);
  });

  it('is frozen to the last leaf', () => {
    const config = loadConfig({}, dir);
    expect(Object.isFrozen(config) && Object.isFrozen(config.http) && Object.isFrozen(config.process.roles)).toBe(true);
  });

  it.each([
    [{ http: { prt: 1 } }, 'http.prt'],
    [{ htpp: {} }, 'htpp'],
    [{ HTTP_PORT: 1 }, 'HTTP_PORT'],
    [{ http: 3 }, 'http'],
    [{ http: { port: '80' } }, 'http.port'],
    [{ sip: { target_networks: ['10.0.0.0/33'] } }, 'sip.target_networks'],
    [{ rules: { cool_off_overrides: [{ days: 1, contry: 'DE' }] } }, 'rules.cool_off_overrides'],
    ['{"__proto__": {"port": 1}}', '__proto__'],
  ])('refuses the file %j naming %s', (content, key) => {
    const error = refusal(withFile(content));
    expect(error.key).toBe(key);
    expect(error.message).toContain(key);
    expect(error.message).not.toContain('\n');
  });

  it('says what was meant when a file uses an environment name', () => {
    expect(refusal(withFile({ HTTP_PORT: 1 })).message).toContain('http.port');
  });

  it.each([
    ['HTTP_PORT', 'abc'],
    ['HTTP_PORT', '65536'],
    ['HTTP_PORT', '1.5'],
    ['SIP_PORT', '-1'],
    ['SIPS_PORT', '5061'],
    ['SIP_LISTEN', 'tls/0.0.0.0:5061'],
    ['SIP_LISTEN', 'udp/5060'],
    ['SIP_LISTEN', 'sctp/0.0.0.0:5060'],
    ['SIP_LISTEN', 'udp/1.2.3:5060'],
    ['SIP_LOCAL_NETWORKS', '10.0.0.0/33'],
    ['SIP_TLS_MINIMUM_VERSION', 'TLSv1'],
    ['HTTP_HOST', 'a b'],
    ['ROLES', 'api,agnt'],
    ['ROLES', ','],
    ['ROLES', 'api,api'],
    ['LOG_LEVEL', 'loud'],
    ['COOL_OFF_DAYS', 'NaN'],
    ['OPS_PUBLIC', 'yes'],
    ['OPS_HOST', '10.0.0.1'],
    ['DATABASE_URL', 'mysql://x'],
    ['REDIS_URL', 'localhost'],
    ['DRACHTIO_URL', 'drachtio://host:9022'],
    ['DRACHTIO_URL', 'http://:s@host'],
    ['SEALING_KEY', 'short'],
    ['ADMIN_API_KEY', 'short'],
    ['DEFAULT_COUNTRY', 'de'],
    ['PLANE_DEAD_AFTER_MS', '2100'],
    ['ENGINE_TCP_IDLE_MS', '7200000'],
    ['CLOCK', 'fast'],
  ])('refuses %s=%s naming it', (key, value) => {
    const error = refusal({ [key]: value });
    expect(error.key).toBe(key);
    expect(error.message).toContain(key);
  });

  it('never repeats a mistyped secret', () => {
    for (const key of ['ADMIN_API_KEY', 'SEALING_KEY', 'DATABASE_URL', 'JWT_SECRET'])
      expect(refusal({ [key]: 'oops-s3cret' }).message).not.toContain('oops');
  });

  it('refuses the test clock on a database that is not embedded, unless told twice (decision B16)', () => {
    const env = { CLOCK: 'test', DATABASE_URL: 'postgres://h/d' };
    expect(refusal(env).key).toBe('CLOCK');
    expect(loadConfig({ ...env, ALLOW_TEST_CLOCK: 'true' }, dir).process.clock).toBe('test');
    expect(loadConfig({ CLOCK: 'test' }, dir).process.clock).toBe('test');
  });

  it('closes no stream of our engine before the longest registration over it ends', () => {
    const longest = { SIP_REGISTER_EXPIRES_MAX_SECONDS: '7500' };
    const { key, message } = refusal(longest);
    expect([key, message]).toEqual(['engine.tcp_idle_ms', expect.stringContaining('longest registration')]);
    expect(loadConfig({ ...longest, ENGINE_TCP_IDLE_MS: '7500001' }, dir).engine.tcpIdleMs).toBe(7_500_001);
    expect(loadConfig({ ...longest, DRACHTIO_URL: 'drachtio://:s@h' }, dir).sip.registerExpiresMaxSeconds).toBe(7500);
  });

  it('names a file that is missing or not JSON', () => {
    expect(refusal({ CONFIG_FILE: 'absent.json' }).message).toContain('absent.json');
    expect(refusal(withFile('{')).message).toContain('is not JSON');
  });
});

describe('printConfig', () => {
  it('hides every secret and keeps the rest', () => {
    const env = {
      ADMIN_API_KEY: 'adm1n-key-adm1n-key',
      SEALING_KEY: 'ab'.repeat(32),
      JWT_SECRET: 'jwt-s3cret-jwt-s3cret',
      DATABASE_URL: 'postgres://me:pg-s3cret@db/d?password=again-s3cret',
      REDIS_URL: 'redis+sentinel://:r-s3cret@h1,:r-s3cret@h2/name',
      DRACHTIO_URL: 'drachtio://:d-s3cret@a:1,:e-s3cret@b:2',
      DRACHTIO_SECRET: 'f-s3cret',
    };
    const printed = JSON.stringify(printConfig(loadConfig(env, dir)));
    expect(printed).not.toMatch(/s3cret|adm1n|abab/);
    expect(printed).toContain('@db/d');
    expect(printed).toContain('"ring_timeout_ms":60000');
  });
});

describe('engineUrl', () => {
  it('names the engine by its DATA_DIR, whatever port it has, and tells nothing of the secret by it', () => {
    const nameOf = (secret: string, port: number) => parseDrachtioUrl(engineUrl(secret, port), undefined)?.[0]?.name;
    expect(nameOf('a', 1)).toMatch(/^engine-[0-9a-f]{16}$/);
    expect(nameOf('a', 2)).toBe(nameOf('a', 1));
    expect(nameOf('b', 1)).not.toBe(nameOf('a', 1));
  });
});

describe('parseDrachtioUrl', () => {
  it('reads several servers and passes the secret on', () => {
    expect(parseDrachtioUrl('drachtio://:a%2Fb@h1:1,[::1]:80,:c@h3', undefined)).toEqual([
      { host: 'h1', port: 1, secret: 'a/b' },
      { host: '::1', port: 80, secret: 'a/b' },
      { host: 'h3', port: 9022, secret: 'c' },
    ]);
    expect(parseDrachtioUrl('drachtio://h', 's')).toEqual([{ host: 'h', port: 9022, secret: 's' }]);
    expect(parseDrachtioUrl('drachtio://sip-1:s@h', 's')).toEqual([{ host: 'h', port: 9022, secret: 's', name: 'sip-1' }]);
  });

  it.each([
    'drachtio://',
    'drachtio://:s@',
    'drachtio://:s@h:99999',
    'drachtio://:s@h/x',
    'sip://:s@h',
    'drachtio://h',
    'drachtio://a%20b:s@h',
  ])('refuses %s', (url) => {
    expect(parseDrachtioUrl(url, undefined)).toBeUndefined();
  });
});

describe('docs/configuration.md', () => {
  it('is what the settings generate: node --import tsx src/config/document.ts > docs/configuration.md', () => {
    expect(readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')).toBe(configurationPage());
  });
});
