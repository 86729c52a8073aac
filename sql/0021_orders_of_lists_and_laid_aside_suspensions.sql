-- Lists of one holder in each order they are asked for: a page reads its rows and no more. `is null` is not seen as one value by the
-- planner, so the numbers that an account has itself are an index of their own, not a part of one by (owner, sub-account).
create index numbers_own on numbers (owner_account_id, created_at, id)
  where owner_account_id is not null and sub_account_id is null;
create index numbers_own_by_purchase on numbers (owner_account_id, purchased_at desc, created_at, id)
  where owner_account_id is not null and sub_account_id is null;
create index numbers_own_by_e164 on numbers (owner_account_id, e164)
  where owner_account_id is not null and sub_account_id is null;
create index numbers_of_sub_by_purchase on numbers (sub_account_id, purchased_at desc, created_at, id) where sub_account_id is not null;
create index numbers_of_sub_by_e164 on numbers (sub_account_id, e164) where sub_account_id is not null;

-- Last: from here to the commit nobody reads numbers; beside the indexes above they are read as ever.
drop index numbers_by_holder;

-- The platform's suspension of the last holder's payer, while somebody else's order waits.
alter table numbers add column suspension_aside boolean not null default false;
