import type { Envelope, Fact } from '@managed-os/contracts';
import { deviceUpdate, type UpdateEvent, type UpdateState } from '@managed-os/device-update';
import { defineProjection, type Written } from '@managed-os/event-store';
import { type Kysely, sql } from 'kysely';
import { CONSUMER } from '../facts/handle-fact.js';
import type { ProgressTables } from '../tables.js';
import { deviceRow, type Identity, type Known, UNKNOWN_IDENTITY } from './device-row.js';

type Tx = Kysely<ProgressTables>;

/** The Macs that the events in hand are about, as those so far leave them. */
type Devices = Map<string, Known>;

const lookUp = async (events: readonly Envelope[], tx: Tx): Promise<Devices> => {
  const ids = events.flatMap(({ data }) => ('deviceId' in data ? [data.deviceId] : []));
  const rows = await tx
    .selectFrom('devices')
    .select(['device_id', 'name', 'serial_number', 'model', 'facts_revision', 'enrolled'])
    .select(['status', 'reason', 'stage', 'since', 'because', 'state'])
    .where('device_id', '=', sql<string>`any(${[...new Set(ids)]}::uuid[])`)
    .execute();
  return new Map(rows.map(({ device_id, ...row }) => [device_id, { ...row, since: row.since.toISOString() }]));
};

/** Writes a Mac's row as it was changed. */
const change = (
  deviceId: string,
  tx: Tx,
  { id, time, causationId }: Envelope,
  devices: Devices,
  changed: (row: Known | undefined) => { readonly identity?: Identity; readonly state?: UpdateState } | undefined,
): Written => {
  const before = devices.get(deviceId);
  const to = changed(before);
  if (!to) return undefined;
  const row = deviceRow(
    deviceId,
    to.identity ?? (before ? identityOf(before) : UNKNOWN_IDENTITY),
    to.state ?? before?.state ?? deviceUpdate.initial,
    before,
    { time, ids: [id, ...(causationId === undefined ? [] : [causationId])] },
  );
  devices.set(deviceId, row);
  const { device_id, ...rest } = row;
  const next = { ...rest, because: JSON.stringify(row.because), state: JSON.stringify(row.state) };
  return tx
    .insertInto('devices')
    .values({ device_id, ...next })
    .onConflict((conflict) => conflict.column('device_id').doUpdateSet(next));
};

const identityOf = ({ name, serial_number, model, facts_revision, enrolled }: Known): Identity => ({
  name,
  serial_number,
  model,
  facts_revision,
  enrolled,
});

/** Folds an own event with the very same `evolve` that decides. */
const fold = (event: UpdateEvent, tx: Tx, envelope: Envelope, devices: Devices): Written =>
  change(event.deviceId, tx, envelope, devices, (row) => ({
    state: deviceUpdate.evolve(row?.state ?? deviceUpdate.initial, event),
  }));

/** Every Mac: who it is, what it owes, where its update is, who acts next and when. */
export const deviceState = defineProjection<UpdateEvent, ProgressTables>()({
  name: 'device_state',
  version: 2,
  tables: ['devices'],
  lookUp,
  handlers: {
    StandingChanged: fold,
    DeviceWentSilent: fold,
    DeviceReturned: fold,
    VersionObserved: fold,
    ZoneObserved: fold,
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
    DeclarationRequested: fold,
    DeclarationWithdrawn: fold,
    DeclarationObserved: fold,
    UpdateStateObserved: fold,
    AttemptClosed: fold,
  },
  inbox: {
    consumer: CONSUMER,
    handlers: {
      DeviceEnrolled: ({ deviceId, name, serialNumber, model }: Fact<'DeviceEnrolled'>, tx, envelope, devices) =>
        change(deviceId, tx, envelope, devices, (row) => ({
          identity: {
            name: name ?? row?.name ?? null,
            serial_number: serialNumber ?? row?.serial_number ?? null,
            model: model ?? row?.model ?? null,
            facts_revision: row?.facts_revision ?? 0,
            enrolled: true,
          },
        })),
      DeviceUnenrolled: ({ deviceId }: Fact<'DeviceUnenrolled'>, tx, envelope, devices) =>
        change(deviceId, tx, envelope, devices, (row) => row && { identity: { ...identityOf(row), enrolled: false } }),
      DeviceFactsChanged: (facts: Fact<'DeviceFactsChanged'>, tx, envelope, devices) =>
        change(facts.deviceId, tx, envelope, devices, (row) =>
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
