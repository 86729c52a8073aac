import { core, out, type Row } from './row.ts';

/** The operations of the Kros seed, and those of its clients that a number needs to be of use. */
export const KROS_OPERATIONS: readonly Row[] = [
  core(
    'List phone numbers',
    { '': 'GET /phone-numbers' },
    'Also `action=available`. The seed shows no paging: 20 at a time, with `total`.',
  ),
  core('Purchase a phone number', { '': 'POST /phone-numbers' }),
  core('Get phone number details', { '': 'GET /phone-numbers/{id}' }, 'With SIP credentials for owners and admins.'),
  core('Update a phone number', { '': 'PATCH /phone-numbers/{id}' }),
  core('Release a phone number', { '': 'DELETE /phone-numbers/{id}' }),
  core('Endpoints: list', { '': 'GET /endpoints' }),
  core(
    'Endpoints: create',
    { '': 'POST /endpoints' },
    'Types `custom_sip`, `direct_sip`, `livekit`; others with `provider_config.sip_uri` (decision B9).',
  ),
  core('Endpoints: get', { '': 'GET /endpoints/{id}' }, 'Not in the vendor’s reference.'),
  core('Endpoints: update', { '': 'PATCH /endpoints/{id}' }),
  core('Endpoints: delete', { '': 'DELETE /endpoints/{id}' }, 'Detaches its numbers (decision B28).'),
  core(
    'Webhooks',
    {
      list: 'GET /webhooks',
      create: 'POST /webhooks',
      get: 'GET /webhooks/{id}',
      update: 'PATCH /webhooks/{id}',
      delete: 'DELETE /webhooks/{id}',
      'rotate the secret': 'POST /webhooks/{id}/rotate-secret',
    },
    'The vendor documents events and signature, not these operations. Events of calls are not sent.',
  ),
  core(
    'Calls',
    { list: 'GET /calls', get: 'GET /calls/{id}' },
    'Ours: the vendor has no operations of calls. A call between two accounts is in the lists of both.',
  ),
  core(
    'Calls: explain',
    { 'one that could be': 'POST /calls/explain', 'one that was': 'GET /calls/{id}/explain' },
    'Ours: the vendor has no operations of calls. What is the platform’s has no name there.',
  ),
];

const AT = '/api/v1/Account/{id}';

/** The operations of the Vobiz seed and of the vendor's number, trunk and sub-account pages. */
export const VOBIZ_OPERATIONS: readonly Row[] = [
  core('List account numbers', { '': `GET ${AT}/numbers` }),
  core('List inventory', { '': `GET ${AT}/inventory/numbers` }),
  core('View a number', { '': `GET ${AT}/numbers/{id}` }, 'Named by the seed; the vendor has no route for it (decision B34).'),
  core('Purchase from inventory', { '': `POST ${AT}/numbers/purchase-from-inventory` }),
  core('Unrent', { '': `DELETE ${AT}/numbers/{id}` }),
  core(
    'Cancel release',
    { '': 'POST /api/v1/account/{id}/numbers/{id}/cancel-release' },
    'With `VOBIZ_RELEASE_WINDOW_HOURS`; without it a release is at once.',
  ),
  core('Assign to trunk group', { '': `POST ${AT}/numbers/{id}/assign` }),
  core('Unassign from trunk group', { '': `DELETE ${AT}/numbers/{id}/assign` }),
  core('Attach to application', { '': `POST ${AT}/numbers/{id}/application` }, 'An application is an endpoint (decision B9).'),
  core('Detach from application', { '': `DELETE ${AT}/numbers/{id}/application` }),
  core('Assign to sub-account', { '': 'POST /api/v1/account/{id}/numbers/{id}/assign-subaccount' }),
  core('Unassign from sub-account', { '': 'DELETE /api/v1/account/{id}/numbers/{id}/assign-subaccount' }, 'Guarded by the cool-off.'),
  core('Number health', { '': 'GET /api/v1/account/{id}/numbers/{id}/health' }),
  core('Sub-accounts', {
    list: 'GET /api/v1/accounts/{id}/sub-accounts',
    create: 'POST /api/v1/accounts/{id}/sub-accounts',
    get: 'GET /api/v1/accounts/{id}/sub-accounts/{id}',
    update: 'PUT /api/v1/accounts/{id}/sub-accounts/{id}',
    delete: 'DELETE /api/v1/accounts/{id}/sub-accounts/{id}',
  }),
  core(
    'Trunks',
    {
      list: `GET ${AT}/trunks`,
      create: `POST ${AT}/trunks`,
      get: `GET ${AT}/trunks/{id}`,
      update: `PUT ${AT}/trunks/{id}`,
      delete: `DELETE ${AT}/trunks/{id}`,
    },
    'A trunk is a trunk group of kind customer (decision B9); live calls are never cut.',
  ),
  core('Trunk credentials', {
    list: `GET ${AT}/trunks/credentials`,
    create: `POST ${AT}/credentials`,
    update: `PUT ${AT}/credentials/{id}`,
    delete: `DELETE ${AT}/credentials/{id}`,
  }),
  core('Trunk IP ACL', {
    list: `GET ${AT}/trunks/ip-acl`,
    create: `POST ${AT}/ip-acl`,
    update: `PUT ${AT}/ip-acl/{id}`,
    delete: `DELETE ${AT}/ip-acl/{id}`,
  }),
  core('Trunk origination URIs', {
    list: `GET ${AT}/trunks/origination-uris`,
    create: `POST ${AT}/origination-uris`,
    update: `PUT ${AT}/origination-uris/{id}`,
    delete: `DELETE ${AT}/origination-uris/{id}`,
  }),
  core('Endpoints (SIP users)', {
    list: `GET ${AT}/Endpoint`,
    create: `POST ${AT}/Endpoint`,
    get: `GET ${AT}/Endpoint/{id}`,
    update: `POST ${AT}/Endpoint/{id}`,
    delete: `DELETE ${AT}/Endpoint/{id}`,
  }),
  ...out('Resellers above accounts are not in the product; the platform key sees every account.', 'Partner view'),
];
