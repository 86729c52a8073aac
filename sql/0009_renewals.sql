-- The monthly fee of a number: at most one row a number and period, whatever is run twice (decision B13).
alter table ledger_transactions add column period timestamptz;
create unique index ledger_renewals_once on ledger_transactions (number_id, period) where kind = 'renewal';
alter table ledger_transactions add constraint ledger_renewal_has_period check ((kind = 'renewal') = (period is not null));
