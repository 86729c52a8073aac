-- The days that are over first: nothing writes to them, and reading goes on throughout. Calls wait to be folded only while the day of now,
-- and at last the parent, which every write passes, get theirs.
do $$
declare
  part text;
begin
  for part in select inhrelid::regclass::text from pg_inherits where inhparent = 'calls'::regclass order by inhrelid::regclass::text collate "C" loop
    execute format('create index %I on %I (called_account_id, call_id) where called_account_id is not null', part || '_by_called_account', part);
  end loop;
  create index calls_by_called_account on only calls (called_account_id, call_id) where called_account_id is not null;
  for part in select inhrelid::regclass::text from pg_inherits where inhparent = 'calls'::regclass loop
    execute format('alter index calls_by_called_account attach partition %I', part || '_by_called_account');
  end loop;
end $$;
