-- The own number that calls out of a trunk group or of a SIP user present by themselves, and when (decision C15, ADR 26). No reference: it
-- counts only while it is the holder's to present, which every call reads anew. Part of the record of the row (decision C2).
alter table trunk_groups add column default_caller text check (default_caller ~ '^\+[1-9][0-9]{6,14}$');
alter table trunk_groups add column default_caller_use text check (default_caller_use in ('fallback', 'always', 'emergency'));
alter table trunk_groups add constraint trunk_groups_default_caller_whole check ((default_caller is null) = (default_caller_use is null));
alter table sip_credentials add column default_caller text check (default_caller ~ '^\+[1-9][0-9]{6,14}$');
alter table sip_credentials add column default_caller_use text check (default_caller_use in ('fallback', 'always', 'emergency'));
alter table sip_credentials add constraint sip_credentials_default_caller_whole
  check ((default_caller is null) = (default_caller_use is null) and (default_caller is null or number_id is null));
