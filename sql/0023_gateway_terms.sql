-- How calls are put through: failover, health, caller identity, header fields, a login at the carrier (decisions C14, C22). Null: nothing is
-- said here, and the level above decides (gateway, group, platform). Part of the record of the row (decision C2).
alter table trunk_groups add column terms json;
alter table gateways add column terms json;

-- A route that is dearer comes after its equals, and one outside its hours is passed over.
alter table outbound_routes
  add column cost double precision check (cost >= 0 and cost <= 1000000),
  -- {timeZone, windows: [{days, from, to}]}
  add column hours json;

-- Prefixes of numbers that calls of the account may, or may not, go to; null: any.
alter table accounts
  add column allowed_destinations text[] check (cardinality(allowed_destinations) <= 1000),
  add column blocked_destinations text[] check (cardinality(blocked_destinations) <= 1000);
