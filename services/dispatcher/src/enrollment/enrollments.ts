import type { Authenticate, TokenUpdate } from '@managed-os/apple-mdm';
import { GroupRead } from '@managed-os/event-store';
import { deviceIdOf } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import { sql } from 'kysely';
import { brief } from '../facts/observations.js';
import type { Db, Enrollment, LeavingReason, Tx } from '../tables.js';
import { type CertificateDetails, detailsOf, type MacIdentity } from './certificate.js';

const LONGEST_UDID = 128;
const AT_ONCE = { inFlight: 2, largest: 256 };

/** The rows of the Macs: who they are, how they are reached, what secrets they left with us. */
export class Enrollments {
  private readonly rows: GroupRead<string, Enrollment | undefined>;

  constructor(private readonly db: Db) {
    this.rows = new GroupRead({ read: (deviceIds) => rowsOf(db, deviceIds), ...AT_ONCE });
  }

  /**
   * The Mac that speaks, proved by its certificate: the one that it authenticated with, or one that it renewed since with
   * the same key, which macOS tells nobody about. Throws 403 when it never authenticated or brings another certificate,
   * 400 when its UDID cannot be one. Never 401: the Mac would leave.
   */
  async known(udid: string | undefined, identity: MacIdentity): Promise<Enrollment> {
    const row = await this.find(deviceIdOf(enrollable(udid)));
    if (!row) throw new Problem(403, 'not-enrolled', 'This Mac has not authenticated here.');
    return row.certificate === identity.hash ? row : this.renewed(row, identity);
  }

  private async renewed(row: Enrollment, identity: MacIdentity): Promise<Enrollment> {
    const { key, until } = readable(identity);
    if (row.certificate_key !== key) {
      throw new Problem(403, 'wrong-certificate', 'This is not the certificate that the Mac authenticated with.');
    }
    const renewal = { certificate: identity.hash, certificate_until: until };
    await this.db
      .updateTable('enrollments')
      .set(renewal)
      .where('device_id', '=', row.device_id)
      .where('certificate_key', '=', key)
      .execute();
    return { ...row, ...renewal };
  }

  /** As it is now, or as the transaction sees it. */
  find(deviceId: string, tx?: Tx): Promise<Enrollment | undefined> {
    if (!tx) return this.rows.get(deviceId);
    return tx.selectFrom('enrollments').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  }

  /**
   * Binds a Mac to the certificate it authenticates with. The first time since its last enrollment was complete this
   * begins the next one. Throws 403 when the certificate, or its key, is another Mac's. `undefined`: another server
   * vouches for the Mac.
   */
  async authenticate(message: Authenticate, identity: MacIdentity | undefined, tx: Tx): Promise<Enrollment> {
    const udid = enrollable(message.sender.udid);
    const device_id = deviceIdOf(udid);
    const said = {
      ...(await this.proofOf(device_id, identity, tx)),
      state: 'authenticated' as const,
      topic: brief(message.topic),
      serial_number: text(message.serialNumber),
      name: text(message.deviceName),
      model: text(message.model),
      os_version: text(message.osVersion),
      os_build: text(message.buildVersion),
      push_token: null,
      push_magic: null,
      push_refused: false,
      push_attempts: 0,
      supervised: null,
    };
    return tx
      .insertInto('enrollments')
      .values({ device_id, udid, ...said })
      .onConflict((conflict) =>
        conflict.column('device_id').doUpdateSet((row) => ({
          ...said,
          number: row
            .case()
            .when('enrollments.state', '=', 'authenticated')
            .then(row.ref('enrollments.number'))
            .else(row('enrollments.number', '+', 1))
            .end(),
        })),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  private async proofOf(deviceId: string, identity: MacIdentity | undefined, tx: Tx) {
    if (!identity) return { certificate: null, certificate_key: null, certificate_until: null };
    const { key, until } = readable(identity);
    const owner = await tx
      .selectFrom('enrollments')
      .select('device_id')
      .where((row) => row.or([row('certificate', '=', identity.hash), row('certificate_key', '=', key)]))
      .where('device_id', '<>', deviceId)
      .executeTakeFirst();
    if (owner) throw new Problem(403, 'certificate-of-another-mac', 'This certificate belongs to another Mac.');
    return { certificate: identity.hash, certificate_key: key, certificate_until: until };
  }

  /** It counts as enrolled although it did not say how it is reached: another server knows. False as `reachable`. */
  async adopted(row: Enrollment, tx: Tx): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('enrollments')
      .set({ state: 'enrolled' })
      .where('device_id', '=', row.device_id)
      .where('number', '=', row.number)
      .where('state', '=', 'authenticated')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /**
   * Notes how the Mac is reached; it counts as enrolled from now on. False when nothing was new, or the Mac has begun
   * its next enrollment, or left, since `row` was read.
   */
  async reachable(row: Enrollment, message: TokenUpdate, tx: Tx): Promise<boolean> {
    const { pushMagic } = message;
    const pushToken = Buffer.from(message.token);
    // Another one comes with another push certificate in the profile.
    const topic = brief(message.topic);
    if (
      row.state === 'enrolled' &&
      !row.push_refused &&
      row.topic === topic &&
      row.push_magic === pushMagic &&
      row.push_token?.equals(pushToken)
    ) {
      return false;
    }
    const { numUpdatedRows } = await tx
      .updateTable('enrollments')
      .set({
        state: 'enrolled',
        topic,
        push_token: pushToken,
        push_magic: pushMagic,
        push_refused: false,
        push_attempts: 0,
      })
      .where('device_id', '=', row.device_id)
      .where('number', '=', row.number)
      .where('state', '<>', 'unenrolled')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** False when the Mac has left already, or has begun its next enrollment since `row` was read: it left the one before. */
  async left(row: Enrollment, leaving: LeavingReason, tx: Tx): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('enrollments')
      .set({ state: 'unenrolled', leaving, push_token: null, push_magic: null, silent_since: null })
      .where('device_id', '=', row.device_id)
      .where('number', '=', row.number)
      .where('state', '<>', 'unenrolled')
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async leavingTold(deviceId: string, number: number): Promise<void> {
    await this.db
      .updateTable('enrollments')
      .set({ leaving: null })
      .where('device_id', '=', deviceId)
      .where('number', '=', number)
      .execute();
  }
}

const rowsOf = async (db: Db, deviceIds: readonly string[]): Promise<readonly (Enrollment | undefined)[]> => {
  const rows = await db
    .selectFrom('enrollments')
    .selectAll()
    .where(sql<boolean>`device_id = any(${deviceIds}::uuid[])`)
    .execute();
  const found = new Map(rows.map((row) => [row.device_id, row]));
  return deviceIds.map((deviceId) => found.get(deviceId));
};

const readable = (identity: MacIdentity): CertificateDetails => {
  const details = detailsOf(identity);
  if (!details) throw new Problem(400, 'malformed-certificate', 'What was shown as a certificate is none.');
  return details;
};

const text = (value: string | undefined): string | null => (value === undefined ? null : brief(value));

/** Macs are known by their UDID; a User Enrollment has none, and its updates cannot be managed. */
const enrollable = (udid: string | undefined): string => {
  if (udid === undefined) throw new Problem(403, 'user-enrollment', 'Only device enrollments are managed here.');
  if (udid.length > LONGEST_UDID) throw new Problem(400, 'malformed', 'The UDID is too long.');
  return udid;
};
