import { expect, it } from 'vitest';
import { startSteps } from '../../examples/order-walk/steps.ts';

it('a step of an example that came out otherwise is marked, counted and said', () => {
  const lines: string[] = [];
  const steps = startSteps((line) => lines.push(line));
  steps.step('GET /x', { status: 'success', id: '1' }, { status: 'success' });
  steps.step('GET /y', { status: 'pending' }, { status: 'success', met: true });
  expect(steps.counts).toEqual({ steps: 2, wrong: 1 });
  expect(lines.slice(1)).toEqual([expect.stringContaining('status=pending'), '  NOT AS EXPECTED: status=success met=true']);
});
