-- Limits of decision C9: calls at once and calls per second; null is without limit. Part of the record of the row (decision C2).

alter table accounts add column max_channels integer check (max_channels between 0 and 1000000),
  add column max_cps double precision check (max_cps > 0 and max_cps <= 100000);
alter table numbers add column max_channels integer check (max_channels between 0 and 1000000),
  add column max_cps double precision check (max_cps > 0 and max_cps <= 100000);
alter table trunk_groups add column max_channels integer check (max_channels between 0 and 1000000),
  add column max_cps double precision check (max_cps > 0 and max_cps <= 100000);
alter table gateways add column max_channels integer check (max_channels between 0 and 1000000),
  add column max_cps double precision check (max_cps > 0 and max_cps <= 100000);
