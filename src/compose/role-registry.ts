import { createRegistry } from '../metrics/registry.ts';
import { VERSION } from './version.ts';

/** The metrics registry of this process; two agents are told apart by their instance names. */
export const roleRegistry = (role: string) => createRegistry(process.env.DIALPLANE_INSTANCE ?? role, VERSION);
