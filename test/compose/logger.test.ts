import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/compose/logger.ts';

function lines() {
  const written: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void written.push(JSON.parse(line) as Record<string, unknown>) };
  return { written, log: createLogger('info', { role: 'api' }, destination) };
}

describe('createLogger', () => {
  it('writes one JSON object a line with level, time, role and the fields', () => {
    const { written, log } = lines();
    log.child({ call_id: 'c1' }).warn('slow answer', { took_ms: 12 });
    log.debug('not at this level');
    expect(written).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        role: 'api',
        pid: process.pid,
        call_id: 'c1',
        took_ms: 12,
        msg: 'slow answer',
      },
    ]);
  });

  it('hides secrets by the name of their field, up to two objects deep', () => {
    const { written, log } = lines();
    const secrets = {
      authorization: 's3cret',
      password: 's3cret',
      token: 's3cret',
      key: 's3cret',
      'x-api-key': 's3cret',
      auth_token: 's3cret',
    };
    log.info('request', { ...secrets, headers: secrets, request: { headers: secrets }, path: '/v1' });
    log.child({ sealingKey: 's3cret' }).error('child');
    expect(JSON.stringify(written)).not.toContain('s3cret');
    expect(written[0]).toMatchObject({ path: '/v1', headers: { password: '[redacted]' } });
  });
});
