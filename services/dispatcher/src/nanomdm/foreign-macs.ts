import {
  type Authenticate,
  type ConnectReport,
  deviceInformation,
  queriesFor,
  type Sender,
  writeCommand,
} from '@managed-os/apple-mdm';
import { addMillis, type Clock, deviceIdOf, type Instant, reactionId } from '@managed-os/kernel';
import { type Logger, Problem } from '@managed-os/service-host';
import { sql } from 'kysely';
import type { Checkin } from '../enrollment/checkin.js';
import type { Enrollments } from '../enrollment/enrollments.js';
import type { Db, Enrollment, Tx } from '../tables.js';
import type { KeptTokens } from './kept-tokens.js';
import type { NanomdmApi } from './nanomdm-api.js';

const DAY = 86_400_000;
/** As NanoMDM's API takes them: it splits at commas. */
const UDID = /^[\w-]{1,128}$/;

/** A Mac's device channel; `undefined`: a user, or a User Enrollment, which are not managed. */
export const macIn = ({ udid, userId }: Sender): string | undefined => {
  if (udid === undefined || userId !== undefined) return undefined;
  if (!UDID.test(udid)) throw new Problem(400, 'malformed', 'The UDID is none.');
  return udid;
};

/** iPhones and others speak the same protocol to the same NanoMDM. */
export const isMac = (model: string): boolean => model.includes('Mac') || model.startsWith('Xserve');

/**
 * Which of NanoMDM's devices are Macs that we know. NanoMDM knew them before us, and what it tells is sometimes lost: a
 * device that speaks and is not known here is asked what it is, and enrolls with its answer.
 */
export class ForeignMacs {
  constructor(
    private readonly db: Db,
    private readonly enrollments: Enrollments,
    private readonly checkin: Checkin,
    private readonly tokens: KeptTokens,
    private readonly nanomdm: NanomdmApi,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** The row of a Mac that spoke then, by NanoMDM's clock; `undefined` when it is not known, or has left: it is asked. */
  async known(udid: string, at: Instant): Promise<Enrollment | undefined> {
    const mac = await this.enrollments.find(deviceIdOf(udid));
    if (mac && mac.state !== 'unenrolled') return mac;
    await this.ask(udid, at);
    return undefined;
  }

  /** As `known`, of a Mac that connected: it may say what it is, and one that connects has completed its enrollment. */
  async connected(
    report: ConnectReport,
    udid: string,
    at: Instant,
    correlationId: string,
  ): Promise<Enrollment | undefined> {
    const deviceId = deviceIdOf(udid);
    const mac = await this.enrollments.find(deviceId);
    if (mac?.state === 'enrolled') return mac;
    if (!(await this.isSinceCheckin(deviceId, at))) return undefined;
    if (mac?.state !== 'authenticated') {
      const said = introduction(report);
      if (!said) {
        await this.ask(udid, at);
        return undefined;
      }
      if (!(await this.begin(said, at))) return undefined;
    }
    return this.complete(deviceId, correlationId);
  }

  /** An enrollment begins, of which this is the newest word. False: it is no Mac, or there is a newer one. */
  async begin(message: Authenticate, at: Instant): Promise<boolean> {
    const deviceId = deviceIdOf(message.sender.udid ?? '');
    const mac = message.model === undefined || isMac(message.model);
    if (!mac) {
      await this.isNews(deviceId, at, this.db, false);
      return false;
    }
    let news = false;
    await this.checkin.begin(message, undefined, async (tx) => {
      news = await this.isNews(deviceId, at, tx, true);
      return news;
    });
    return news;
  }

  /** Whether no newer check-in of this Mac was taken in; older ones are passed over from now on. Webhooks overtake each other. */
  async isNews(deviceId: string, at: Instant, tx: Tx = this.db, mac: boolean | null = null): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('foreign_macs')
      .values({ device_id: deviceId, checked_in_at: at, is_mac: mac })
      .onConflict((conflict) =>
        conflict
          .column('device_id')
          .doUpdateSet({
            checked_in_at: at,
            is_mac: sql<boolean | null>`coalesce(excluded.is_mac, foreign_macs.is_mac)`,
          })
          .where((row) =>
            row.or([row('foreign_macs.checked_in_at', 'is', null), row('foreign_macs.checked_in_at', '<=', at)]),
          ),
      )
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** Its TokenUpdate is not known: NanoMDM knows how to reach it. */
  private async complete(deviceId: string, correlationId: string): Promise<Enrollment | undefined> {
    const mac = await this.enrollments.find(deviceId);
    if (mac) await this.checkin.complete(mac, (tx) => this.enrollments.adopted(mac, tx), correlationId);
    await this.tokens.tell(deviceId, correlationId);
    return this.enrollments.find(deviceId);
  }

  private async isSinceCheckin(deviceId: string, at: Instant): Promise<boolean> {
    const row = await this.row(deviceId);
    return !row?.checked_in_at || at > row.checked_in_at;
  }

  /** Once a day at most, and never what is known to be no Mac. */
  private async ask(udid: string, at: Instant): Promise<void> {
    const deviceId = deviceIdOf(udid);
    const row = await this.row(deviceId);
    const now = this.clock.real.now();
    if (row?.is_mac === false || (row?.asked_at && row.asked_at > addMillis(now, -DAY))) return;
    const question = writeCommand(reactionId(deviceId, 'who', at), {
      requestType: 'DeviceInformation',
      queries: queriesFor(undefined),
    });
    const outcome = await this.nanomdm.enqueue(udid, question);
    this.log.info({ deviceId, outcome }, 'a device of NanoMDM that is not known here is asked what it is');
    if (outcome.kind !== 'queued') return;
    await this.db
      .insertInto('foreign_macs')
      .values({ device_id: deviceId, asked_at: now })
      .onConflict((conflict) => conflict.column('device_id').doUpdateSet({ asked_at: now }))
      .execute();
    await this.nanomdm.wake({ udid });
  }

  private row(deviceId: string) {
    return this.db.selectFrom('foreign_macs').selectAll().where('device_id', '=', deviceId).executeTakeFirst();
  }
}

/** What a device says that it is, in an answer to DeviceInformation, ours or another's; as Authenticate would have said it. */
const introduction = ({ status, sender, keys }: ConnectReport): Authenticate | undefined => {
  if (status !== 'Acknowledged') return undefined;
  const said = deviceInformation(keys);
  if (!said.ok || said.value.model === undefined || said.value.osVersion === undefined) return undefined;
  const { model, osVersion, buildVersion, deviceName, serialNumber } = said.value;
  return {
    type: 'Authenticate',
    sender,
    keys,
    topic: '',
    model,
    osVersion,
    ...(buildVersion !== undefined && { buildVersion }),
    ...(deviceName !== undefined && { deviceName }),
    ...(serialNumber !== undefined && { serialNumber }),
  };
};
