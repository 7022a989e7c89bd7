import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endOrphanedNats, endOrphanedPostgres, runs } from '@managed-os/local/servers';

const PREFIX = 'managed-os-long-';

export interface Folder {
  readonly path: string;
  /** Removes it, unless told to keep it. */
  close(keep: boolean): void;
}

/** A fresh folder for the data and logs of a run. What killed runs left at work in theirs is ended. */
export const openFolder = async (): Promise<Folder> => {
  for (const name of readdirSync(tmpdir())) {
    const parent = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-')[0]) : 0;
    if (parent > 0 && !runs(parent, 'long/src/main')) await endServers(path.join(tmpdir(), name));
  }
  const folder = mkdtempSync(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  // As root, PostgreSQL runs as another user, who has to get through here.
  chmodSync(folder, 0o755);
  return {
    path: folder,
    close(keep) {
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
};

const endServers = async (folder: string): Promise<void> => {
  if (existsSync(path.join(folder, 'pg'))) await endOrphanedPostgres(path.join(folder, 'pg'));
  for (const name of readdirSync(folder).filter((entry) => /^nats(-\d+)?$/.test(entry)))
    await endOrphanedNats(path.join(folder, name));
};
