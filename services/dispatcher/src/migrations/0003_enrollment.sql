alter table enrollments
  -- SHA-256 of the public key, hexadecimal: a certificate that was renewed with the same key needs no Authenticate. Null: not known yet.
  add column certificate_key   text,
  -- When the certificate expires; its Mac cannot connect afterwards.
  add column certificate_until instant,
  add constraint key_of_two_macs unique (certificate_key);
create index certificates_to_renew on enrollments (certificate_until) where state = 'enrolled';

-- Builds of macOS that Macs may be sent to before they enroll, as `releases` announced them.
create table releases (
  version     text not null,
  build       text not null,
  -- Apple's ids of the Macs that it lists the build for.
  devices     text[] not null,
  -- What is not public any more is installed by macOS 15 and later only, what left every list by none.
  public      boolean not null default true,
  installable boolean not null default true,
  primary key (version, build)
);

-- How often a Mac that wanted to enroll was sent to this version first: a few times, or it would never enroll.
create table sent_to_update (
  device_id uuid primary key,
  version   text not null,
  times     int not null
);
