import type { AuthDeps } from '../../app/auth/authenticate.ts';
import type { Face } from '../face.ts';
import { aclOperations } from './acl-operations.ts';
import { applicationOperations } from './application-operations.ts';
import { assignmentOperations } from './assignment-operations.ts';
import { authenticateVobiz } from './authenticate.ts';
import { credentialOperations } from './credential-operations.ts';
import { endpointOperations } from './endpoint-operations.ts';
import { healthOperation, type VobizHealthDeps } from './health-operation.ts';
import { numberOperations } from './number-operations.ts';
import { originationOperations } from './origination-operations.ts';
import { errorSchema, renderVobiz } from './refusals.ts';
import { releaseOperations, type VobizReleaseDeps } from './release-operations.ts';
import { subAccountOperations } from './sub-account-operations.ts';
import { trunkOperations, type VobizTrunkDeps } from './trunk-operations.ts';

export interface VobizDeps extends VobizHealthDeps, VobizReleaseDeps, VobizTrunkDeps {
  readonly auth: AuthDeps;
}

/** The Vobiz face: numbers, their way to sub-accounts, trunk groups and applications, sub-accounts, trunks and SIP users. */
export const vobizFace = (deps: VobizDeps): Face => ({
  name: 'vobiz',
  title: 'Dialplane: Vobiz face',
  operations: [
    ...numberOperations(deps),
    ...releaseOperations(deps),
    ...assignmentOperations(deps),
    ...applicationOperations(deps),
    healthOperation(deps),
    ...subAccountOperations(deps),
    // Before the trunks: their lists are named like a trunk's id.
    ...credentialOperations(deps),
    ...aclOperations(deps),
    ...originationOperations(deps),
    ...trunkOperations(deps),
    ...endpointOperations(deps),
  ],
  caseSensitive: false,
  unknownParameters: 'ignore',
  wait: 'prefer',
  authenticate: (head) => authenticateVobiz(deps.auth, head),
  render: renderVobiz,
  securitySchemes: {
    authIdAndToken: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'Together with X-Auth-ID.' },
    basic: { type: 'http', scheme: 'basic', description: 'Auth id and auth token.' },
  },
  headerParameters: [
    { name: 'X-Auth-ID', in: 'header', required: false, description: 'Auth id of the caller.', schema: { type: 'string' } },
  ],
  errorSchema,
  errorMediaType: 'application/json',
});
