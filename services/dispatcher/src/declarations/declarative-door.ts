import {
  type DeclarativeManagement,
  declarationKindOf,
  type Endpoint,
  parseEndpoint,
  type Status,
  writeDeclaration,
  writeDeclarationItems,
  writeTokens,
} from '@managed-os/apple-mdm';
import type { DevicesEvent } from '@managed-os/contracts';
import type { EventStore } from '@managed-os/event-store';
import type { Clock } from '@managed-os/kernel';
import { Problem } from '@managed-os/service-host';
import { serially } from '../enrollment/serially.js';
import { macActor, originOf } from '../facts/cause.js';
import type { Pulse } from '../pulse.js';
import type { Db, Declared, Enrollment } from '../tables.js';
import type { Declarations } from './declarations.js';
import { offerEventOf, type OfferReports, refOf } from './offer-reports.js';
import { updateSaid } from './sayings.js';
import type { StatusReports } from './status-reports.js';
import { declarationsOf, enforcementOf, isAhead, namesEnforcement, sha256, tokensOf } from './the-set.js';

/** An answer that is JSON, where others are property lists. */
export interface JsonDocument {
  readonly json: string;
}

/** What Macs ask for about declarations (section 4.2 of Apple's protocol). Users have none, and nothing is kept of what they report. */
export class DeclarativeDoor {
  constructor(
    private readonly db: Db,
    private readonly declarations: Declarations,
    private readonly offers: OfferReports,
    private readonly reports: StatusReports,
    private readonly store: EventStore<DevicesEvent>,
    private readonly pusher: Pulse,
    private readonly clock: Clock,
  ) {}

  /**
   * `undefined`: an empty 200. Throws 404 for a declaration that is not in the set: then the Mac removes it (trap 7), so
   * that nothing else is ever answered with it.
   */
  async answer(
    mac: Enrollment,
    message: DeclarativeManagement,
    correlationId: string,
  ): Promise<JsonDocument | undefined> {
    const endpoint = parseEndpoint(message.endpoint);
    const isUser = message.sender.userId !== undefined;
    if (endpoint.asks === 'status') {
      if (message.data === undefined) throw new Problem(400, 'no-status', 'A status report has data.');
      if (!isUser) await this.reports.take(mac, message.data, correlationId);
      return undefined;
    }
    const row = isUser ? undefined : await this.declarations.find(mac.device_id);
    switch (endpoint.asks) {
      case 'tokens':
        return { json: writeTokens(tokensOf(row, this.clock.now())) };
      case 'declaration-items':
        return { json: writeDeclarationItems(declarationsOf(row), sha256) };
      case 'declaration':
        return { json: await this.fetch(row, endpoint) };
      case 'unknown':
        throw new Problem(404, 'no-such-endpoint', 'There is nothing of this name.');
    }
  }

  private async fetch(row: Declared | undefined, asked: Endpoint & { readonly asks: 'declaration' }): Promise<string> {
    const { kind, identifier } = asked;
    const declaration = declarationsOf(row).find((one) => one.identifier === identifier);
    if (!row || !declaration || declarationKindOf(declaration.type) !== kind) throw gone();
    if (namesEnforcement(row, identifier)) {
      if (row.fetched_token === null && !isAhead(row, this.clock.now())) {
        await this.pastDue(row);
        throw gone();
      }
      if (row.request_id !== null && identifier === enforcementOf(row.request_id)) await this.fetched(row);
    }
    return writeDeclaration(declaration);
  }

  /** Its time came before the Mac read it: the Mac would restart at once (trap 14). Whoever requested it may ask for another time. */
  private async pastDue({ device_id }: Declared): Promise<void> {
    const now = this.clock.now();
    const wakes = await serially(this.db, device_id, (tx) => this.declarations.refresh(device_id, now, tx));
    await this.offers.reportOf(device_id);
    if (wakes) this.pusher.nudge();
  }

  /**
   * Told before the document goes out, once per offer, together with what the Mac last said of its update. The row goes
   * first: what was told to be read is past for nobody any more; and telling is repeated with every fetch, to no effect.
   */
  private async fetched(row: Declared): Promise<void> {
    const { device_id, offered_token, offer } = row;
    if (offered_token === null) return;
    if (row.fetched_token !== offered_token) await this.read(row);
    await this.offers.reportOf(device_id);
    const update = updateSaid(device_id, JSON.parse(row.status) as Status);
    await this.store.append({
      stream: `device-${device_id}`,
      expected: 'any',
      events: [
        { type: 'DeclarationFetched', deviceId: device_id, declaration: refOf(row), serverToken: offered_token },
        ...(update ? [update] : []),
      ],
      ...originOf({
        what: [device_id, 'fetched', offer],
        actor: macActor(device_id),
        time: this.clock.now(),
        correlationId: row.correlation_id ?? '',
        causationId: offerEventOf(row),
      }),
    });
  }

  private async read({ device_id, offered_token, offer }: Declared): Promise<void> {
    await serially(this.db, device_id, (tx) =>
      tx
        .updateTable('declared')
        .set((row) => ({ fetched_token: offered_token, revision: row('revision', '+', 1) }))
        .where('device_id', '=', device_id)
        .where('offer', '=', offer)
        .execute(),
    );
  }
}

const gone = (): Problem => new Problem(404, 'no-such-declaration', 'This Mac has no such declaration.');
