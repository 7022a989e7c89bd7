create table reached (device_id uuid not null, late_seconds int not null);
