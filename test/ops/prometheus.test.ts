import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Product, startProduct } from '../e2e/product.ts';
import { until } from '../support/daemon.ts';
import { dashboardExpressions, labelsIn, namesIn, PROMETHEUS, promtool, ROOT, rules } from './rules-file.ts';

const WITHIN_MS = 90_000;
const run = (...args: string[]) => execFileSync('promtool', args, { cwd: PROMETHEUS, encoding: 'utf8', stdio: 'pipe' });
const runbook = readFileSync(join(ROOT, 'docs/RUNBOOK.md'), 'utf8');
const alerts = rules.filter(({ alert }) => alert !== undefined);
const recorded = new Set(rules.flatMap(({ record }) => (record === undefined ? [] : [record])));
/** A link to a heading as Markdown viewers make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const anchors = new Set([...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
/** Set by Prometheus and Grafana, not by us. */
const SCRAPE_LABELS = ['job', 'instance', 'role', 'le'];

describe('the rules', () => {
  it.runIf(promtool)('pass promtool, and each alert fires when and only when it should', () => {
    run('check', 'config', 'prometheus.yml');
    run('check', 'rules', 'rules.yml');
    run('test', 'rules', 'rules.test.yml');
    const tested = readFileSync(join(PROMETHEUS, 'rules.test.yml'), 'utf8');
    for (const { alert } of alerts) expect(tested, alert).toMatch(new RegExp(`alertname: ${alert}\n\\s+exp_alerts:\n`));
  });

  it('give each alert a severity, a summary and a heading of the runbook', () => {
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).toContain(labels?.severity);
      expect(annotations?.summary?.length, alert).toBeGreaterThan(10);
      const [file, anchor = ''] = (annotations?.runbook_url ?? '').split('#');
      expect(file, alert).toBe('docs/RUNBOOK.md');
      expect(anchor).toBe(anchorOf(alert ?? ''));
      expect(anchors.has(anchor), `no heading ${anchor}`).toBe(true);
    }
  });

  it('read only what other rules record', () => {
    const read = rules.flatMap(({ expr }) => namesIn(expr)).filter((name) => name.includes(':'));
    for (const name of [
      ...read,
      ...dashboardExpressions()
        .flatMap(namesIn)
        .filter((one) => one.includes(':')),
    ]) {
      expect(recorded.has(name), name).toBe(true);
    }
  });
});

describe('the dashboard', () => {
  it.runIf(promtool)('has only expressions that Prometheus understands', () => {
    const dir = mkdtempSync(join(tmpdir(), 'dialplane-rules-'));
    try {
      const expressions = dashboardExpressions().map((expr) => expr.replaceAll('$__rate_interval', '5m'));
      expect(expressions.length).toBeGreaterThan(30);
      const text = expressions.map((expr, n) => `      - record: panel:expression:n${n}\n        expr: ${JSON.stringify(expr)}`).join('\n');
      writeFileSync(join(dir, 'panels.yml'), `groups:\n  - name: panels\n    rules:\n${text}\n`);
      expect(run('check', 'rules', join(dir, 'panels.yml'))).toContain(`${expressions.length} rules found`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('takes its data source from a variable, in every panel', () => {
    const text = readFileSync(join(ROOT, 'config/grafana/dialplane.json'), 'utf8');
    const { templating } = JSON.parse(text) as { templating: { list: { name: string; type: string }[] } };
    expect(templating.list).toMatchObject([{ name: 'datasource', type: 'datasource' }]);
    const uids = [...text.matchAll(/"datasource": \{[^}]*"uid": "([^"]*)"/g)].map(([, uid]) => uid);
    expect(new Set(uids)).toEqual(new Set([`\${datasource}`]));
  });
});

describe('the runbook', () => {
  it('links only to headings it has', () => {
    for (const [, anchor = ''] of runbook.matchAll(/\]\(#([^)]*)\)/g)) expect(anchors.has(anchor), anchor).toBe(true);
  });
});

describe('a running product', () => {
  let product: Product;
  let metrics: string;
  beforeAll(async () => {
    product = await startProduct();
    const read = async (): Promise<string> => (await fetch(`${product.state.http_url}/metrics`)).text();
    // The worker looks at the system once a second: what it saw first may lack an agent that was still on its way.
    const seen = [/^dialplane_numbers\{/m, /^dialplane_agents\{state="normal"[^}]*\} 1$/m];
    await until(async () => {
      const text = await read();
      return seen.every((line) => line.test(text));
    }, 30_000);
    metrics = await read();
  }, WITHIN_MS);
  afterAll(() => product.stop());

  /** Every family of the exposition; a histogram also by the names of its samples. */
  const families = (): ReadonlySet<string> =>
    new Set(
      [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
        type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );

  it('exports every series that rules and dashboard read, and all that is promised', () => {
    const read = [...rules.map(({ expr }) => expr), ...dashboardExpressions()].flatMap(namesIn).filter((name) => !name.includes(':'));
    const known = families();
    expect([...new Set(read)].filter((name) => !known.has(name))).toEqual([]);
    for (const name of PROMISED) expect(known.has(`dialplane_${name}`), name).toBe(true);
  });

  it('names no label that carries a number, an account or a Call-ID', () => {
    const labels = new Set(
      [...metrics.matchAll(/^dialplane_[a-z_]+\{([^}]*)\}/gm)].flatMap(([, inner = '']) =>
        [...inner.matchAll(/([a-z_]+)="/g)].map(([, label = '']) => label),
      ),
    );
    for (const label of labels) expect(LABELS, label).toContain(label);
    const asked = [...rules.map(({ expr }) => expr), ...dashboardExpressions()].flatMap(labelsIn);
    for (const label of asked) expect([...LABELS, ...SCRAPE_LABELS], label).toContain(label);
  });

  it.runIf(promtool)('passes promtool check metrics', () => {
    const said = execFileSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8', stdio: 'pipe' });
    expect(said).toBe('');
  });

  it('tells of its plane, its agents, its numbers and its children', async () => {
    const value = (series: string): number => {
      const line = metrics.split('\n').find((text) => text.startsWith(series));
      if (line === undefined) throw new Error(`no ${series}`);
      return Number(line.slice(line.lastIndexOf(' ') + 1));
    };
    expect(value('dialplane_plane_ready{')).toBe(1);
    expect(value('dialplane_agents{state="normal"')).toBe(1);
    expect(value('dialplane_sip_servers{state="connected"')).toBe(1);
    expect(value('dialplane_sip_servers{state="lost"')).toBe(0);
    expect(value('dialplane_agent_degraded{')).toBe(0);
    expect(value('dialplane_numbers{lifecycle="active"')).toBe(0);
    for (const child of ['api', 'agent', 'worker', 'engine', 'redis', 'postgres']) {
      expect(value(`dialplane_child_up{child="${child}"`)).toBe(1);
      expect(value(`dialplane_child_restarts_total{child="${child}"`)).toBe(0);
    }
  });

  it('measures a change from its commit to its being in force', async () => {
    const count = async (): Promise<number> => {
      const text = await (await fetch(`${product.state.http_url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('dialplane_propagation_lag_seconds_count'));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    };
    const before = await count();
    expect((await product.admin('POST', '/accounts', { name: 'measured', kind: 'account' })).status).toBe(201);
    expect(await until(async () => (await count()) > before, 5000)).toBe(true);
  });

  it('has every admin path that the runbook sends people to', async () => {
    const { paths } = (await (await fetch(`${product.state.http_url}/openapi/admin.json`)).json()) as { paths: Record<string, object> };
    const known = Object.keys(paths).map((path) => path.replace(/^\/admin\/v1/, '').replaceAll(/\{[^}]*\}/g, '{}'));
    for (const [, path = ''] of runbook.matchAll(/\/admin\/v1(\/[\w\-/{}]+)/g)) {
      expect(known, path).toContain(path.replaceAll(/\{[^}]*\}/g, '{}'));
    }
  });
});

/** Design §8, without what nothing knows yet: `gateway_up`, `webhook_deliveries_total`. */
const PROMISED = [
  'calls_total',
  'call_setup_seconds',
  'calls_active',
  'post_dial_delay_seconds',
  'gateway_attempts_total',
  'admission_seconds',
  'leases',
  'lease_leaks_total',
  'leases_reasserted_total',
  'propagation_lag_seconds',
  'propagation_pending',
  'route_audit_repairs_total',
  'http_requests_total',
  'http_request_duration_seconds',
  'jobs_total',
  'job_oldest_age_seconds',
  'cool_off_refusals_total',
  'numbers',
  'call_log_backlog',
  'sip_messages_total',
  'build_info',
];

const LABELS = [
  'answer',
  'child',
  'class',
  'code',
  'damage',
  'direction',
  'event',
  'face',
  'gateway',
  'kind',
  'le',
  'lifecycle',
  'method',
  'node',
  'outcome',
  'part',
  'scope',
  'queue',
  'reason',
  'result',
  'role',
  'route',
  'severity',
  'side',
  'state',
  'status',
  'transport',
  'trunk_group',
  'version',
];
