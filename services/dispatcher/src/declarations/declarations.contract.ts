import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declaring } from '../testing/declaring.js';
import { DAY, type Fixture, HOUR, until, obligationOf } from '../testing/fixture.js';
import { ENFORCEMENT, SUBSCRIPTIONS } from '../testing/test-mac.js';

/** What a Mac is to hold and is told of, whoever it speaks to. */
export const declarationsContract = (start: () => Promise<Fixture>): void => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await start();
  });
  afterAll(() => fixture.close());
  const {
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
  } = declaring(() => fixture);

  describe('a Mac turns declarations on', () => {
    it.each(['13.0', '14.6', '27.0'])('with the first command after it enrolled, on macOS %s', async (osVersion) => {
      const mac = fixture.mac(osVersion);
      await mac.authenticate();
      await mac.tokenUpdate();
      // Whether it was pushed for already or not: it will be.
      expect(await openOf(mac)).toMatchObject([{ state: 'queued', wake_at: expect.any(String) }]);
      await mac.answerAll();
      expect(await commandsOf(mac)).toMatchObject([{ state: 'answered' }]);
    });

    it('not before macOS 13', async () => {
      const mac = await fixture.enrolledMac('12.7.6');
      expect(await commandsOf(mac)).toEqual([]);
    });

    it('when it was upgraded from an older one', async () => {
      const mac = await fixture.enrolledMac('12.7.6');
      fixture.clock.advance(DAY);
      await mac.answerAll('14.6');
      expect(await commandsOf(mac)).toMatchObject([{ state: 'answered' }]);
    });

    it('when it was upgraded from 13: an enforcement waits for what it says then, and nobody is to blame (X10)', async () => {
      const mac = await fixture.enrolledMac('13.7.8');
      await mac.reportCapabilities([SUBSCRIPTIONS], ['device.operating-system.version']);
      await mac.answerAll();
      fixture.clock.advance(DAY);
      await mac.answerAll('14.6');
      await requested(mac, { version: '14.7' });
      expect(await offersOf(mac)).toEqual([]);
      await mac.reportCapabilities();
      expect((await offersOf(mac)).map(({ type }) => type)).toEqual(['DeclarationOffered']);
    });

    it('then what it can report is subscribed to, as far as it says that it can', async () => {
      const mac = await fixture.enrolledMac('15.1');
      expect((await itemsOf(mac)).Declarations).toEqual({
        Activations: [],
        Configurations: [],
        Assets: [],
        Management: [],
      });
      const before = pushesTo(mac);
      await mac.reportCapabilities();
      expect(await openOf(mac)).toMatchObject([{ state: 'queued' }]);
      await until(() => pushesTo(mac) > before);
      const document = await mac.declarative('declaration/configuration/managed-os.status');
      expect(document.status).toBe(200);
      expect(JSON.parse(document.text)).toMatchObject({
        Type: SUBSCRIPTIONS,
        Payload: {
          StatusItems: [
            { Name: 'device.operating-system.version' },
            { Name: 'softwareupdate.install-state' },
            { Name: 'softwareupdate.failure-reason' },
          ],
        },
      });
    });

    it('and a repeated report of the same changes nothing', async () => {
      const mac = await declaredMac();
      const before = await fixture.db
        .selectFrom('declared')
        .selectAll()
        .where('device_id', '=', mac.deviceId)
        .execute();
      await mac.reportCapabilities();
      expect(
        await fixture.db.selectFrom('declared').selectAll().where('device_id', '=', mac.deviceId).execute(),
      ).toEqual(before);
      expect(await openOf(mac)).toEqual([]);
    });
  });

  describe('an enforcement that is requested (X1)', () => {
    it('arrives over the bus, is in the set, told, and the Mac is pushed to (trap 3)', async () => {
      const mac = await declaredMac();
      const before = pushesTo(mac);
      const id = await fixture.request(enforcement(mac));
      const [offered] = await until(async () => ((await offersOf(mac)).length === 1 ? offersOf(mac) : undefined));
      await until(() => pushesTo(mac) > before);
      const configuration = (await itemsOf(mac)).Declarations['Configurations']?.find(
        ({ Identifier }) => Identifier === `managed-os.${id}`,
      );
      expect(offered).toEqual({
        type: 'DeclarationOffered',
        deviceId: mac.deviceId,
        declaration: { obligationId: obligationOf(mac), attempt: 1, try: 1 },
        serverToken: configuration?.ServerToken,
      });
      const envelope = (await fixture.envelopes(mac)).find(({ data }) => data.type === 'DeclarationOffered');
      expect(envelope).toMatchObject({ causationId: id, correlationId: id, actor: 'service:dispatcher' });
    });

    it('is fetched with its own activation, as it was asked for, and told once (trap 8, trap 13)', async () => {
      const mac = await declaredMac();
      const name = await requested(mac);
      const document = await mac.declarative(`declaration/configuration/${name}`);
      const [offered] = await fixture.named(mac, 'DeclarationOffered');
      expect(JSON.parse(document.text)).toEqual({
        Type: ENFORCEMENT,
        Identifier: name,
        ServerToken: offered?.serverToken,
        Payload: {
          TargetOSVersion: '15.7.9',
          TargetBuildVersion: '24G830',
          TargetLocalDateTime: '2022-09-20T13:00:00',
        },
      });
      await mac.declarative(`declaration/configuration/${name}`);
      const activation = await mac.declarative(`declaration/activation/${name}.activation`);
      expect(JSON.parse(activation.text)).toMatchObject({ Payload: { StandardConfigurations: [name] } });
      expect(await fixture.named(mac, 'DeclarationFetched')).toEqual([{ ...offered, type: 'DeclarationFetched' }]);
    });

    it('the command tells the token that the items have (trap 6), and the time never goes back (trap 38)', async () => {
      const mac = await declaredMac();
      const before = await tokensOf(mac);
      await requested(mac);
      const reply = await mac.idle();
      expect(reply.requestType).toBe('DeclarativeManagement');
      const now = told(reply.text);
      expect(now).toEqual(await tokensOf(mac));
      expect(now.DeclarationsToken).toBe((await itemsOf(mac)).DeclarationsToken);
      expect(now.DeclarationsToken).not.toBe(before.DeclarationsToken);
      expect(now.Timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(now.Timestamp > before.Timestamp).toBe(true);
    });

    it('delivered twice, or older than the last, changes nothing; the newest is the only one (trap 20)', async () => {
      const mac = await declaredMac();
      const [first, second] = [message(enforcement(mac)), message(enforcement(mac, { try: 2, version: '15.7.10' }))];
      for (const request of [first, first, second, first, second]) await consumer().onDeclarationRequested(request);
      expect(await configurationsOf(mac)).toEqual([`managed-os.${second.id}`, 'managed-os.status'].toSorted());
      expect(await offersOf(mac)).toHaveLength(2);
      expect(await openOf(mac)).toHaveLength(1);
    });

    it('waits until the Mac has said what it can be sent, and is told then', async () => {
      const mac = await fixture.enrolledMac('15.1');
      const name = await requested(mac);
      expect(await offersOf(mac)).toEqual([]);
      await mac.reportCapabilities();
      expect(await configurationsOf(mac)).toContain(name);
      expect(await offersOf(mac)).toMatchObject([{ type: 'DeclarationOffered' }]);
    });

    it('is not offered to a Mac that does not name the type, until it does', async () => {
      const mac = await fixture.enrolledMac('15.1');
      await mac.reportCapabilities([SUBSCRIPTIONS]);
      await requested(mac);
      await mac.reportCapabilities();
      await mac.reportCapabilities([SUBSCRIPTIONS]);
      await mac.reportCapabilities();
      expect((await offersOf(mac)).map((event) => ('reason' in event ? event.reason : 'offered'))).toEqual([
        ...['not_supported', 'offered', 'not_supported', 'offered'],
      ]);
    });

    it('is not offered to a Mac that is not here, or has left', async () => {
      const [never, left] = [fixture.mac('15.1'), await declaredMac()];
      await left.checkin('CheckOut');
      for (const mac of [never, left]) {
        await requested(mac);
        expect(await offersOf(mac)).toMatchObject([{ type: 'DeclarationNotOffered', reason: 'unenrolled' }]);
      }
    });

    it('that says no time is a dead letter', async () => {
      const mac = await declaredMac();
      for (const wrong of [{ earliest: 'soon' }, { targetLocalDateTime: '2022-09-20T13:00:00Z' }]) {
        expect(await consumer().onDeclarationRequested(message(enforcement(mac, wrong)))).toMatchObject({
          kind: 'dead',
        });
      }
    });
  });

  describe('a time that is past (trap 14)', () => {
    it('before the Mac read it: 404, told, and the set is without it; another request is offered', async () => {
      const mac = await declaredMac();
      const name = await requested(mac);
      await mac.answerAll();
      fixture.clock.advance(2 * DAY);
      for (const part of [`activation/${name}.activation`, `configuration/${name}`])
        expect((await mac.declarative(`declaration/${part}`)).status).toBe(fixture.gone);
      expect(await offersOf(mac)).toMatchObject([{}, { type: 'DeclarationNotOffered', reason: 'past_due' }]);
      expect(await fixture.named(mac, 'DeclarationFetched')).toEqual([]);
      expect(await openOf(mac)).toHaveLength(1);
      const next = await requested(mac, { try: 2 });
      expect(await configurationsOf(mac)).toContain(next);
      expect((await mac.declarative(`declaration/configuration/${next}`)).status).toBe(200);
    });

    it('after the Mac read it: it may read it again', async () => {
      const mac = await declaredMac();
      const name = await requested(mac);
      await mac.declarative(`declaration/configuration/${name}`);
      fixture.clock.advance(2 * DAY);
      expect((await mac.declarative(`declaration/configuration/${name}`)).status).toBe(200);
      expect(await offersOf(mac)).toHaveLength(1);
    });
  });

  describe('an enforcement that is withdrawn (trap 19)', () => {
    it('leaves the set, with a command, a push and an event; told once', async () => {
      const mac = await declaredMac();
      const name = await requested(mac);
      await mac.answerAll();
      await mac.declarative(`declaration/configuration/${name}`);
      const before = pushesTo(mac);
      const gone = message(withdrawal(mac));
      await consumer().onDeclarationWithdrawn(gone);
      await consumer().onDeclarationWithdrawn(gone);
      expect(await configurationsOf(mac)).toEqual(['managed-os.status']);
      expect(await openOf(mac)).toMatchObject([{ state: 'queued' }]);
      await until(() => pushesTo(mac) > before);
      expect((await mac.declarative(`declaration/configuration/${name}`)).status).toBe(fixture.gone);
      expect((await offersOf(mac)).slice(1)).toMatchObject([{ type: 'DeclarationNotOffered', reason: 'withdrawn' }]);
    });

    it('does not come back with a request that is delivered again, and an older one is not withdrawn any more', async () => {
      const mac = await declaredMac();
      const first = message(enforcement(mac));
      await consumer().onDeclarationRequested(first);
      await consumer().onDeclarationWithdrawn(message(withdrawal(mac)));
      await consumer().onDeclarationRequested(first);
      expect(await configurationsOf(mac)).toEqual(['managed-os.status']);
      const second = await requested(mac, { attempt: 2 });
      await consumer().onDeclarationWithdrawn(message(withdrawal(mac)));
      expect(await configurationsOf(mac)).toContain(second);
    });
  });

  describe('the command that tells of declarations', () => {
    it('is one at most that the Mac has not answered, and tells the newest set when it goes out', async () => {
      const mac = await declaredMac();
      await requested(mac);
      await requested(mac, { try: 2 });
      await consumer().onDeclarationWithdrawn(message(withdrawal(mac, { try: 2 })));
      expect(await openOf(mac)).toHaveLength(1);
      const reply = await mac.idle();
      expect(told(reply.text)).toEqual(await tokensOf(mac));
      await mac.acknowledge(reply.commandUuid);
      expect(await openOf(mac)).toEqual([]);
    });

    it('is followed by another when the set became another while the Mac had it, though it may be the same again', async () => {
      const mac = await declaredMac();
      await requested(mac);
      const first = await mac.idle();
      await consumer().onDeclarationWithdrawn(message(withdrawal(mac)));
      expect(await openOf(mac)).toMatchObject([{ state: 'sent' }]);
      const second = await mac.acknowledge(first.commandUuid);
      expect(second.requestType).toBe('DeclarativeManagement');
      expect(second.commandUuid).not.toBe(first.commandUuid);
      expect(told(second.text)).toEqual(await tokensOf(mac));
      await mac.acknowledge(second.commandUuid);
      await mac.acknowledge(second.commandUuid);
      expect(await openOf(mac)).toEqual([]);
    });

    it('acknowledged says nothing about what is in force (trap 9)', async () => {
      const mac = await declaredMac();
      await requested(mac);
      await mac.acknowledge((await mac.idle()).commandUuid);
      expect(await openOf(mac)).toEqual([]);
      for (const name of ['DeclarationFetched', 'DeclarationReported'] as const)
        expect(await fixture.named(mac, name)).toEqual([]);
    });

    it('that the Mac refuses is tried again the next day, not at once', async () => {
      const mac = await declaredMac();
      await requested(mac);
      expect(await mac.connect('Error', (await mac.idle()).commandUuid)).toMatchObject({ text: '' });
      expect(await openOf(mac)).toEqual([]);
      fixture.clock.advance(DAY);
      await mac.answerAll();
      expect((await commandsOf(mac)).map(({ state }) => state)).toEqual([
        'answered',
        'answered',
        'answered',
        'answered',
      ]);
    });
  });

  describe('a Mac that enrolls again', () => {
    it('holds nothing any more: the enforcement ends, declarations are turned on again, capabilities asked anew', async () => {
      const mac = await declaredMac();
      await requested(mac);
      const before = await tokensOf(mac);
      await mac.authenticate();
      await mac.authenticate();
      expect((await offersOf(mac)).slice(1)).toMatchObject([{ type: 'DeclarationNotOffered', reason: 're_enrolled' }]);
      await mac.tokenUpdate();
      expect(await openOf(mac)).toMatchObject([{ state: 'queued' }]);
      await mac.answerAll();
      expect(await configurationsOf(mac)).toEqual([]);
      expect((await tokensOf(mac)).Timestamp > before.Timestamp).toBe(true);
      await mac.reportCapabilities();
      expect(await configurationsOf(mac)).toEqual(['managed-os.status']);
      const next = await requested(mac, { attempt: 2 });
      expect(await configurationsOf(mac)).toContain(next);
    });
  });

  it('a crash after the rows and before the event: it is told with the next round', async () => {
    const mac = await declaredMac();
    await requested(mac);
    await fixture.db
      .updateTable('declared')
      .set({ offered_token: null, not_offered: 'not_supported', offer: 2 })
      .where('device_id', '=', mac.deviceId)
      .execute();
    fixture.clock.advance(HOUR);
    await fixture.service.restart();
    await until(async () => (await offersOf(mac)).length === 2);
    expect((await offersOf(mac)).at(-1)).toMatchObject({ type: 'DeclarationNotOffered', reason: 'not_supported' });
  });
};
