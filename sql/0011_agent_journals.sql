-- Agents whose calls Redis may not have heard of all: what an emptied Redis must be told before a number may change its holder
-- (decision C4). A row goes when the agent left and all it noted is in `calls`, or when its journal must be given up.
create table agent_journals (
  agent_id text primary key check (length(agent_id) between 1 and 64),
  state text not null check (state in ('live', 'ended')),
  -- Until then it surely let nobody in unseen.
  surely_until timestamptz not null
);
