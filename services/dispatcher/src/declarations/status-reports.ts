import {
  clientCapabilities,
  mergeStatus,
  parseStatusReport,
  type Status,
  type StatusReport,
} from '@managed-os/apple-mdm';
import type { Clock } from '@managed-os/kernel';
import type { Logger } from '@managed-os/service-host';
import type { HandleDevice } from '../commands/settling.js';
import { serially } from '../enrollment/serially.js';
import { macActor, originOf } from '../facts/cause.js';
import type { Facts } from '../facts/device.decider.js';
import type { Pulse } from '../pulse.js';
import type { Db, Declared, Enrollment, Tx } from '../tables.js';
import type { Declarations } from './declarations.js';
import { offerEventOf, type OfferReports } from './offer-reports.js';
import { enforcementSaid, factsSaid, updateSaid } from './sayings.js';
import { sha256 } from './the-set.js';

const ATTEMPTS = 5;

/**
 * What Macs report by themselves. The events go first, then the rows: a crash in between leaves the row as it was, the
 * Mac got no 2xx and says it again, the repeated append is a duplicate, and the rows follow.
 */
export class StatusReports {
  constructor(
    private readonly db: Db,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly handle: HandleDevice,
    private readonly pusher: Pulse,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /**
   * Takes a report. One that cannot be read is passed over and logged: it is what the Mac said, not what became of it on
   * the way, so that a repeat would say the same and hold up all that comes after; the next day's report has all of it.
   */
  async take(mac: Enrollment, data: Uint8Array, correlationId: string): Promise<void> {
    const facts = { deviceId: mac.device_id };
    const parsed = parseStatusReport(data);
    if (!parsed.ok) {
      this.log.error({ ...facts, refusal: parsed.refusal }, 'a status report cannot be read, and is passed over');
      return;
    }
    if (mac.state !== 'enrolled') {
      this.log.warn(facts, 'a status report out of place');
      return;
    }
    const { errors } = parsed.value;
    if (errors.length > 0)
      this.log.warn({ ...facts, errors: errors.slice(0, 4) }, 'a Mac cannot report all it is asked');
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (await this.takeOnce(mac, parsed.value, correlationId)) return;
    }
    throw new Error(
      `the declarations of ${mac.device_id} changed during each of ${ATTEMPTS} attempts to take a report`,
    );
  }

  /** False when something else changed the row meanwhile. */
  private async takeOnce(mac: Enrollment, report: StatusReport, correlationId: string): Promise<boolean> {
    await this.offers.reportOf(mac.device_id);
    const row = await this.declarations.row(mac.device_id);
    const now = this.clock.now();
    const known = JSON.parse(row.status) as Status;
    const status = mergeStatus(known, report);
    const [enforcement, update] = [enforcementSaid(row, status), updateSaid(mac.device_id, status)];
    const [ofEnforcement, ofUpdate] = [textOf(enforcement), textOf(update)];
    const reports = [
      ...(enforcement && ofEnforcement !== row.said_of_enforcement ? [enforcement] : []),
      ...(update && ofUpdate !== row.said_of_update ? [update] : []),
    ];
    const seen = factsSaid(report.items);
    let isNews = false;
    if (reports.length > 0 || Object.keys(seen).length > 0) {
      const { cause, once } = originOf({
        what: [mac.device_id, 'status', row.reports, sha256(JSON.stringify(report.keys))],
        actor: macActor(mac.device_id),
        time: now,
        correlationId: row.offered_token === null ? correlationId : (row.correlation_id ?? correlationId),
        causationId: row.offered_token === null ? null : offerEventOf(row),
      });
      const input = { type: 'Observed', deviceId: mac.device_id, seen, answers: [], reports, at: now } as const;
      const decision = await this.handle(mac.device_id, input, {
        ...{ cause, once },
        ...(reports.length === 0 && { onlyNews: true as const }),
      });
      isNews = reports.length > 0 || (decision.kind === 'accepted' && decision.events.length > 0);
    }
    const text = JSON.stringify(status);
    // What was told moves the row on, so that the same words mean another event the next time.
    if (text === row.status && !isNews && isNoted(seen, mac)) return true;
    const said = {
      ...{ said_of_enforcement: ofEnforcement, said_of_update: ofUpdate },
      ...{ status: text, reports: row.reports + 1 },
      // What it said before and repeats now by saying nothing else is still what it said then.
      ...{ capabilities: clientCapabilities(report.items), osVersion: seen.osVersion ?? mac.os_version },
    };
    const outcome = await serially(this.db, mac.device_id, (tx) => this.note(mac, row, said, seen, tx));
    if (outcome === 'read anew') return false;
    await this.offers.reportOf(mac.device_id);
    if (outcome === 'push') this.pusher.nudge();
    return true;
  }

  private async note(
    { device_id, number }: Enrollment,
    row: Declared,
    said: Parameters<Declarations['note']>[1],
    { osVersion, osBuild }: Partial<Facts>,
    tx: Tx,
  ): Promise<'read anew' | 'push' | 'done'> {
    const mac = await tx.selectFrom('enrollments').selectAll().where('device_id', '=', device_id).executeTakeFirst();
    // What a Mac said before it began anew is of no use any more.
    if (mac?.number !== number || mac.state !== 'enrolled') return 'done';
    if (!(await this.declarations.note(row, said, tx))) return 'read anew';
    const noted = {
      ...(osVersion !== undefined && { os_version: osVersion }),
      ...(osBuild !== undefined && { os_build: osBuild }),
    };
    if (Object.keys(noted).length > 0) {
      await tx.updateTable('enrollments').set(noted).where('device_id', '=', device_id).execute();
    }
    return (await this.declarations.refresh(device_id, this.clock.now(), tx)) ? 'push' : 'done';
  }
}

const textOf = (event: object | undefined): string | null => (event ? JSON.stringify(event) : null);

const isNoted = ({ osVersion, osBuild }: Partial<Facts>, mac: Enrollment): boolean =>
  (osVersion ?? mac.os_version) === mac.os_version && (osBuild ?? mac.os_build) === mac.os_build;
