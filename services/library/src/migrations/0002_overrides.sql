-- Windows of single releases, by version (Q40); written by the projection `items`.
alter table items add column overrides jsonb not null default '{}';
