import type { Envelope, Fact } from '@managed-os/contracts';
import { deviceUpdate, type UpdateEvent, type UpdateState } from '@managed-os/device-update';
import { defineProjection, type Written } from '@managed-os/event-store';
import type { Kysely, Selectable } from 'kysely';
import { CONSUMER } from '../facts/handle-fact.js';
import type { DeviceTable, ProgressTables } from '../tables.js';
import { deviceRow, type Identity, UNKNOWN_IDENTITY } from './device-row.js';

type Tx = Kysely<ProgressTables>;
type Row = Selectable<DeviceTable>;

/** Reads a Mac's row, and writes it back as it was changed. */
const change = async (
  deviceId: string,
  tx: Tx,
  envelope: Envelope,
  changed: (row: Row | undefined) => { readonly identity?: Identity; readonly state?: UpdateState } | undefined,
): Promise<Written> => {
  const row = await tx.selectFrom('devices').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  const to = changed(row);
  if (!to) return undefined;
  const { device_id, ...next } = deviceRow(
    deviceId,
    to.identity ?? (row ? identityOf(row) : UNKNOWN_IDENTITY),
    to.state ?? row?.state ?? deviceUpdate.initial,
    row,
    { time: envelope.time, ids: [envelope.id, ...(envelope.causationId === undefined ? [] : [envelope.causationId])] },
  );
  return tx
    .insertInto('devices')
    .values({ device_id, ...next })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(next));
};

const identityOf = ({ name, serial_number, model, facts_revision, enrolled }: Row): Identity => ({
  name,
  serial_number,
  model,
  facts_revision,
  enrolled,
});

/** Folds an own event with the very same `evolve` that decides. */
const fold = (event: UpdateEvent, tx: Tx, envelope: Envelope): Promise<Written> =>
  change(event.deviceId, tx, envelope, (row) => ({
    state: deviceUpdate.evolve(row?.state ?? deviceUpdate.initial, event),
  }));

/** Every Mac: who it is, what it owes, where its update is, who acts next and when. */
export const deviceState = defineProjection<UpdateEvent, ProgressTables>()({
  name: 'device_state',
  version: 1,
  tables: ['devices'],
  handlers: {
    StandingChanged: fold,
    DeviceWentSilent: fold,
    DeviceReturned: fold,
    VersionObserved: fold,
    AttemptOpened: fold,
    PhaseReached: fold,
    PromptImpossible: fold,
    CommandRequested: fold,
    CommandsWithdrawn: fold,
    WatchRequested: fold,
    WatchClosed: fold,
    CandidateFound: fold,
    CandidateMissing: fold,
    DownloadStarted: fold,
    DownloadObserved: fold,
    DownloadStalled: fold,
    UpdateCached: fold,
    UpdatePresumedCached: fold,
    InferenceWrong: fold,
    InstallRequested: fold,
    InstallStarted: fold,
    InstallObserved: fold,
    RestartPresumed: fold,
    AttemptFailed: fold,
    AttemptClosed: fold,
  },
  inbox: {
    consumer: CONSUMER,
    handlers: {
      DeviceEnrolled: ({ deviceId, name, serialNumber, model }: Fact<'DeviceEnrolled'>, tx, envelope) =>
        change(deviceId, tx, envelope, (row) => ({
          identity: {
            name: name ?? row?.name ?? null,
            serial_number: serialNumber ?? row?.serial_number ?? null,
            model: model ?? row?.model ?? null,
            facts_revision: row?.facts_revision ?? 0,
            enrolled: true,
          },
        })),
      DeviceUnenrolled: ({ deviceId }: Fact<'DeviceUnenrolled'>, tx, envelope) =>
        change(deviceId, tx, envelope, (row) => row && { identity: { ...identityOf(row), enrolled: false } }),
      DeviceFactsChanged: (facts: Fact<'DeviceFactsChanged'>, tx, envelope) =>
        change(facts.deviceId, tx, envelope, (row) =>
          row && row.facts_revision > facts.factsRevision
            ? undefined
            : {
                identity: {
                  name: facts.name ?? null,
                  serial_number: facts.serialNumber ?? null,
                  model: facts.model ?? null,
                  facts_revision: facts.factsRevision,
                  enrolled: facts.mdmEnrolled,
                },
              },
        ),
    },
  },
});
