import type { DeadlinesEvent, Envelope, Fact } from '@managed-os/contracts';
import { defineProjection, type Statement } from '@managed-os/event-store';
import { type Kysely, sql } from 'kysely';
import type { DeadlinesTables } from '../tables.js';
import { devicesOfBlueprint, devicesOfItem, devicesOfRelease, mark, theDevice } from './marks.js';

/** The consumer in whose inbox the facts of other contexts are. */
export const FACTS_CONSUMER = 'deadlines';

/** What plans rest on, and which Macs must be looked at again because of it. */
export const inputs = defineProjection<DeadlinesEvent, DeadlinesTables>()({
  name: 'inputs',
  version: 2,
  tables: ['items', 'assignments', 'memberships', 'devices', 'releases', 'overrides', 'exploited', 'reevaluations'],
  handlers: {
    ObligationOpened: 'ignored',
    ObligationClosed: 'ignored',
    ObligationRescheduled: 'ignored',
    PlanChanged: 'ignored',
    TimerSet: 'ignored',
    TimerCancelled: 'ignored',
    NotifyFromReached: 'ignored',
    DeadlineReached: 'ignored',
    CountdownEnded: 'ignored',
    ProposalAssessed: 'ignored',
  },
  inbox: {
    consumer: FACTS_CONSUMER,
    handlers: {
      EnforcementConfigured({ itemId, os, enforcement }, tx, envelope) {
        const row = { os, policy: JSON.stringify(enforcement), revision: String(envelope.revision) };
        return [
          tx
            .insertInto('items')
            .values({ item_id: itemId, ...row })
            .onConflict((c) => c.column('item_id').doUpdateSet(row).where('items.revision', '<', row.revision)),
          mark(tx, envelope, devicesOfItem(tx, itemId)),
        ];
      },
      ItemRemoved({ itemId }, tx, envelope) {
        return [
          tx.deleteFrom('items').where('item_id', '=', itemId),
          tx.deleteFrom('overrides').where('item_id', '=', itemId),
          mark(tx, envelope, devicesOfItem(tx, itemId)),
        ];
      },
      ReleaseWindowOverridden({ itemId, version, window: span }, tx, envelope) {
        return [
          tx
            .insertInto('overrides')
            .values({ item_id: itemId, version, span })
            .onConflict((c) => c.columns(['item_id', 'version']).doUpdateSet({ span })),
          revised(tx, itemId, envelope),
          mark(tx, envelope, devicesOfItem(tx, itemId)),
        ];
      },
      ReleaseWindowRestored({ itemId, version }, tx, envelope) {
        return [
          tx.deleteFrom('overrides').where('item_id', '=', itemId).where('version', '=', version),
          revised(tx, itemId, envelope),
          mark(tx, envelope, devicesOfItem(tx, itemId)),
        ];
      },
      ItemAssigned({ blueprintId, itemId }, tx, envelope) {
        return [
          tx
            .insertInto('assignments')
            .values({ blueprint_id: blueprintId, item_id: itemId })
            .onConflict((c) => c.doNothing()),
          mark(tx, envelope, devicesOfBlueprint(tx, blueprintId)),
        ];
      },
      ItemUnassigned({ blueprintId, itemId }, tx, envelope) {
        return [
          tx.deleteFrom('assignments').where('blueprint_id', '=', blueprintId).where('item_id', '=', itemId),
          mark(tx, envelope, devicesOfBlueprint(tx, blueprintId)),
        ];
      },
      BlueprintRemoved({ blueprintId }, tx, envelope) {
        return [
          tx.deleteFrom('assignments').where('blueprint_id', '=', blueprintId),
          mark(tx, envelope, devicesOfBlueprint(tx, blueprintId)),
        ];
      },
      DeviceMoved({ deviceId, blueprintId }, tx, envelope) {
        const row = { blueprint_id: blueprintId, position: String(envelope.position) };
        return [
          tx
            .insertInto('memberships')
            .values({ device_id: deviceId, ...row })
            .onConflict((c) => c.column('device_id').doUpdateSet(row).where('memberships.position', '<', row.position)),
          mark(tx, envelope, theDevice(tx, deviceId)),
        ];
      },
      DeviceFactsChanged(facts, tx, envelope) {
        const { device_id, ...row } = deviceRow(facts);
        return [
          tx
            .insertInto('devices')
            .values({ device_id, ...row })
            .onConflict((c) =>
              c.column('device_id').doUpdateSet(row).where('devices.facts_revision', '<', row.facts_revision),
            ),
          mark(tx, envelope, theDevice(tx, device_id)),
        ];
      },
      DeviceUnenrolled({ deviceId }, tx, envelope) {
        return [
          tx.updateTable('devices').set({ mdm_enrolled: false }).where('device_id', '=', deviceId),
          mark(tx, envelope, theDevice(tx, deviceId)),
        ];
      },
      ReleaseAnnounced(release, tx, envelope) {
        const { version, build, released, ...row } = releaseRow(release);
        return [
          tx
            .insertInto('releases')
            .values({ version, build, released, ...row })
            .onConflict((c) =>
              c.columns(['version', 'build']).doUpdateSet({
                ...row,
                // A date that Apple moved later moves nothing (X7).
                released: sql<string>`least(releases.released, excluded.released)`,
                change: sql<string>`nextval('release_changes')`,
              }),
            ),
          mark(tx, envelope, devicesOfRelease(tx, release.os)),
        ];
      },
      ReleaseDevicesChanged({ version, build, os, supportedDevices }, tx, envelope) {
        return [
          tx
            .updateTable('releases')
            .set({ supported_devices: [...supportedDevices], change: sql<string>`nextval('release_changes')` })
            .where('version', '=', version)
            .where('build', '=', build),
          mark(tx, envelope, devicesOfRelease(tx, os)),
        ];
      },
      ExploitedVulnerabilitiesListed({ version, os, cves }, tx, envelope) {
        return [
          tx
            .insertInto('exploited')
            .values({ version, os, cves: [...cves] })
            .onConflict((c) => c.column('version').doUpdateSet({ cves: [...cves] })),
          mark(tx, envelope, devicesOfRelease(tx, os)),
        ];
      },
    },
  },
});

/** An override belongs to the item's configuration, and counts in its revision. */
const revised = (tx: Kysely<DeadlinesTables>, itemId: string, { revision }: Envelope): Statement =>
  tx
    .updateTable('items')
    .set({ revision: String(revision) })
    .where('item_id', '=', itemId)
    .where('items.revision', '<', String(revision));

const deviceRow = (facts: Fact<'DeviceFactsChanged'>) => ({
  device_id: facts.deviceId,
  facts_revision: facts.factsRevision,
  architecture: facts.architecture ?? null,
  os_version: facts.osVersion ?? null,
  os_build: facts.osBuild ?? null,
  software_update_device_id: facts.softwareUpdateDeviceId ?? null,
  supervised: facts.supervised ?? null,
  mdm_enrolled: facts.mdmEnrolled,
  bootstrap_token_escrowed: facts.bootstrapTokenEscrowed,
  agent_installed: facts.agentInstalled,
  time_zone: facts.timeZone ?? null,
});

const releaseRow = (release: Fact<'ReleaseAnnounced'>) => ({
  version: release.version,
  build: release.build,
  os: release.os,
  kind: release.kind,
  released: release.released,
  supported_devices: release.allDevices ? null : [...release.supportedDevices],
  installer: release.installer,
  combo_package: release.comboPackage,
});
