-- A message whose event has a newer version than its consumer knows: it waits for the upgrade.
alter table dead_letters
  drop constraint letter_reason_unknown,
  add constraint letter_reason_unknown check (reason in ('unreadable', 'refused', 'exhausted', 'follows', 'unknown-version'));
