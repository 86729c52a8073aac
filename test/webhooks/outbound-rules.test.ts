import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { outboundRules } from '../../src/compose/outbound-rules.ts';
import { outboundRefusal } from '../../src/domain/outbound-url.ts';

const rules = outboundRules({
  outboundHttp: { allowedNetworks: ['0.0.0.0/0', '::/0'], ports: ['1-65535'] },
  sip: { externalAddress: '198.51.100.7' },
});
const refusal = (ip: string) => outboundRefusal(ip, { port: 443, protocol: 'https' }, rules);

it('requests of tenants never go to this machine, whatever networks are allowed (decision C6)', () => {
  const listed = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = listed.filter(({ address }) => !address.startsWith('127.') && address !== '::1').map(({ address }) => address);
  for (const ip of [...own, '198.51.100.7', '::ffff:198.51.100.7']) expect(refusal(ip), ip).toBe('own_address');
});

it('loopback and other machines are left to the allowed networks', () => {
  for (const ip of ['127.0.0.1', '::1', '198.51.100.8', '10.255.254.253']) expect(refusal(ip), ip).toBeNull();
});
