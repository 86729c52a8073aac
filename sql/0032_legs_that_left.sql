-- Whose call out a leg is, where its call came in or stayed on-net and was passed on to a number elsewhere: minutes and the traffic guard
-- count it as theirs (ADR 22). Null for all other legs: of a call out, its row says it.
alter table call_attempts
  add column left_account_id uuid,
  add column left_sub_account_id uuid,
  add column left_number_id uuid,
  add column left_called text;

-- They hold those few legs alone, and nothing that the end of a leg writes. Days that are over have none of them, and are not read for them:
-- only those of yesterday and later get the indexes, and every new one with its attaching.
create index call_attempts_left on only call_attempts (call_id) where left_account_id is not null;
create index call_attempts_left_by_account on only call_attempts (left_account_id, call_id) where left_account_id is not null;
create index call_attempts_left_by_number on only call_attempts (left_number_id, call_id) where left_number_id is not null;

do $$
declare
  part text;
  since constant text := 'call_attempts_' || to_char((clock_timestamp() at time zone 'UTC')::date - 1, 'YYYYMMDD');
begin
  for part in select inhrelid::regclass::text from pg_inherits where inhparent = 'call_attempts'::regclass loop
    continue when part collate "C" < since;
    execute format('create index %I on %I (call_id) where left_account_id is not null', part || '_left', part);
    execute format('alter index call_attempts_left attach partition %I', part || '_left');
    execute format('create index %I on %I (left_account_id, call_id) where left_account_id is not null', part || '_left_by_account', part);
    execute format('alter index call_attempts_left_by_account attach partition %I', part || '_left_by_account');
    execute format('create index %I on %I (left_number_id, call_id) where left_number_id is not null', part || '_left_by_number', part);
    execute format('alter index call_attempts_left_by_number attach partition %I', part || '_left_by_number');
  end loop;
end $$;
