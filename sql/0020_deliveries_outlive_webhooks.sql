-- A delivery outlives its webhook until it is forgotten: whoever writes an event does not wait for somebody who deletes a webhook with a
-- long log, and does not fail where that webhook is gone a moment later.
alter table webhook_deliveries drop constraint webhook_deliveries_webhook_id_fkey;

-- What the platform turned off its tenant does not turn on.
alter table webhooks
  drop constraint webhooks_disabled_reason_check,
  add constraint webhooks_disabled_reason_check check (disabled_reason in ('by_hand', 'by_platform', 'failures', 'gone'));
