import { expect } from '@jest/globals';
import type { Envelope, Fact, UpdatesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { addMillis, reactionId } from '@managed-os/kernel';
import { DeclarationsConsumer } from '../consumers/declarations.consumer.js';
import { DAY, type Fixture, obligationOf } from './fixture.js';
import type { TestMac } from './test-mac.js';

/** What a Mac is told to hold. */
export interface Items {
  readonly Declarations: Readonly<
    Record<string, readonly { readonly Identifier: string; readonly ServerToken: string }[]>
  >;
  readonly DeclarationsToken: string;
}
let count = 0;

/** What `updates` asks of Macs by declarations, and what Macs and rows say of it. */
export const declaring = (fixture: () => Fixture) => {
  const message = <E extends UpdatesEvent>(event: E): Envelope<E> => {
    count += 1;
    return envelopeOf(event, { id: reactionId('declaration-message', count) }) as Envelope<E>;
  };
  const consumer = () => fixture().service.app.get(DeclarationsConsumer);

  const enforcement = (
    mac: TestMac,
    more: Partial<Fact<'DeclarationRequested'>> = {},
  ): Fact<'DeclarationRequested'> => ({
    ...{ type: 'DeclarationRequested', deviceId: mac.deviceId, obligationId: obligationOf(mac), attempt: 1, try: 1 },
    ...{ version: '15.7.9', build: '24G830', targetLocalDateTime: '2022-09-20T13:00:00' },
    deadline: addMillis(fixture().clock.now(), 3 * DAY),
    earliest: addMillis(fixture().clock.now(), 2 * DAY),
    latest: addMillis(fixture().clock.now(), 4 * DAY),
    ...more,
  });
  const withdrawal = (
    mac: TestMac,
    more: Partial<Fact<'DeclarationWithdrawn'>> = {},
  ): Fact<'DeclarationWithdrawn'> => ({
    ...{ type: 'DeclarationWithdrawn', deviceId: mac.deviceId, obligationId: obligationOf(mac), attempt: 1, try: 1 },
    reason: 'verified',
    ...more,
  });
  const requested = async (mac: TestMac, more: Partial<Fact<'DeclarationRequested'>> = {}): Promise<string> => {
    const request = message(enforcement(mac, more));
    await consumer().onDeclarationRequested(request);
    return `managed-os.${request.id}`;
  };

  const itemsOf = async (mac: TestMac): Promise<Items> =>
    JSON.parse((await mac.declarative('declaration-items')).text) as Items;
  const tokensOf = async (mac: TestMac) =>
    (
      JSON.parse((await mac.declarative('tokens')).text) as {
        SyncTokens: { DeclarationsToken: string; Timestamp: string };
      }
    ).SyncTokens;
  const configurationsOf = async (mac: TestMac): Promise<readonly string[]> =>
    ((await itemsOf(mac)).Declarations['Configurations'] ?? []).map(({ Identifier }) => Identifier);
  /** The tokens that a command tells. */
  const told = (text: string) => {
    const data = /<key>Data<\/key>\s*<data>([^<]+)/.exec(text)?.[1] ?? '';
    return (
      JSON.parse(Buffer.from(data, 'base64').toString()) as {
        SyncTokens: { DeclarationsToken: string; Timestamp: string };
      }
    ).SyncTokens;
  };
  const commandsOf = (mac: TestMac) =>
    fixture()
      .db.selectFrom('commands')
      .select(['state', 'wake_at'])
      .where('device_id', '=', mac.deviceId)
      .where('kind', '=', 'declarations')
      .orderBy('seq')
      .execute();
  const openOf = async (mac: TestMac) =>
    (await commandsOf(mac)).filter(({ state }) => !['answered', 'not_sent'].includes(state));
  const offersOf = async (mac: TestMac) =>
    (await fixture().events(mac)).filter(
      (event) => event.type === 'DeclarationOffered' || event.type === 'DeclarationNotOffered',
    );
  const pushesTo = (mac: TestMac) => fixture().pushesTo(mac);

  /** A Mac that has turned declarations on, said what it can be sent, and taken what it is sent first. */
  const declaredMac = async (osVersion = '15.1'): Promise<TestMac> => {
    const mac = await fixture().enrolledMac(osVersion);
    await mac.reportCapabilities();
    await mac.answerAll();
    expect(await openOf(mac)).toEqual([]);
    return mac;
  };

  return {
    message,
    consumer,
    enforcement,
    withdrawal,
    requested,
    itemsOf,
    tokensOf,
    configurationsOf,
    told,
    commandsOf,
    openOf,
    offersOf,
    pushesTo,
    declaredMac,
  };
};
