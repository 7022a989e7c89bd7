import type { UpdateEvent } from '@managed-os/device-update';
import { defineProjection } from '@managed-os/event-store';
import { sql } from 'kysely';
import type { ProgressTables } from '../tables.js';

/** What Macs said when something failed, and how often: unknown words are kept and counted like the others (X10). */
export const failures = defineProjection<UpdateEvent, ProgressTables>()({
  name: 'failures',
  version: 1,
  tables: ['failures'],
  handlers: {
    AttemptFailed: ({ deviceId, kind, cause, said }, tx, { time }) =>
      tx
        .insertInto('failures')
        .values({ device_id: deviceId, kind, cause, said, times: 1, first_at: time, last_at: time })
        .onConflict((conflict) =>
          conflict
            .columns(['device_id', 'kind', 'cause', 'said_digest'])
            .doUpdateSet({ times: sql<number>`failures.times + 1`, last_at: time }),
        ),
    StandingChanged: 'ignored',
    DeviceWentSilent: 'ignored',
    DeviceReturned: 'ignored',
    VersionObserved: 'ignored',
    ZoneObserved: 'ignored',
    AttemptOpened: 'ignored',
    PhaseReached: 'ignored',
    PromptImpossible: 'ignored',
    CommandRequested: 'ignored',
    CommandsWithdrawn: 'ignored',
    WatchRequested: 'ignored',
    WatchClosed: 'ignored',
    CandidateFound: 'ignored',
    CandidateMissing: 'ignored',
    DownloadStarted: 'ignored',
    DownloadObserved: 'ignored',
    DownloadStalled: 'ignored',
    UpdateCached: 'ignored',
    UpdatePresumedCached: 'ignored',
    InferenceWrong: 'ignored',
    InstallRequested: 'ignored',
    InstallStarted: 'ignored',
    InstallObserved: 'ignored',
    RestartPresumed: 'ignored',
    DeclarationRequested: 'ignored',
    DeclarationWithdrawn: 'ignored',
    DeclarationObserved: 'ignored',
    UpdateStateObserved: 'ignored',
    AttemptClosed: 'ignored',
  },
});
