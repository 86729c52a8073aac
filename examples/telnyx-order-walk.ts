import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startProduct } from '../test/e2e/product.ts';
import { compileProgram } from '../test/support/program.ts';
import type { ProductState } from './order-walk/platform.ts';
import { walkOrders } from './order-walk/walk.ts';

// A walk moves the time by 30 days and has events sent to this machine: both are settings of the product.
const SETTINGS = { ROLES: 'api,worker', CLOCK: 'test', OUTBOUND_HTTP_ALLOWED_NETWORKS: '127.0.0.0/8' };

/** Walks on the product whose state.json is named, or on one of its own. Resolves with the exit code. */
async function main(stateFile: string | undefined): Promise<number> {
  const say = (line: string): void => console.log(line);
  if (stateFile !== undefined) {
    const state = JSON.parse(readFileSync(stateFile, 'utf8')) as ProductState;
    return (await walkOrders(state, say)) ? 0 : 1;
  }
  compileProgram();
  const product = await startProduct(SETTINGS);
  try {
    return (await walkOrders(product.state, say)) ? 0 : 1;
  } finally {
    await product.stop();
  }
}

const { values } = parseArgs({ options: { state: { type: 'string' } } });
process.exitCode = await main(values.state);
