-- The record of a trunk group names the logins that its peer registers with (ADR 27): those that have some are told of anew.
with named as (
  update trunk_groups g set version = version + 1
    where exists (select from sip_credentials c where c.trunk_group_id = g.id and c.purpose = 'trunk')
    returning g.id, g.version
)
insert into outbox (ref, row_id, version) select 'trunk_group:' || id, id::text, version from named;

-- A call on-net to a number of another account is that account's too: who is called, at which number, and the caller as it was shown.
alter table calls
  add column called_account_id uuid,
  add column called_sub_account_id uuid,
  add column called_number_id uuid,
  add column shown_caller text;
