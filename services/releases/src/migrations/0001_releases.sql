-- What has been announced, one row per build. Written by the projection `releases` alone.
create table releases (
  version text not null,
  build text not null,
  os text not null,
  release json not null,
  constraint build_announced_twice primary key (version, build)
);

create index releases_by_os on releases (os);
