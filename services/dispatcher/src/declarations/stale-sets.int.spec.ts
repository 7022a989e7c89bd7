import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Envelope, ReleasesEvent } from '@managed-os/contracts';
import { envelopeOf } from '@managed-os/contracts/testing';
import { reactionId } from '@managed-os/kernel';
import { ReleasesConsumer } from '../releases/releases.consumer.js';
import { declaring } from '../testing/declaring.js';
import { Fixture, START, until } from '../testing/fixture.js';
import type { TestMac } from '../testing/test-mac.js';

const settingsFile = path.join(mkdtempSync(path.join(tmpdir(), 'managed-os-settings-')), 'settings.json');
const settingsBecome = (payload: unknown): void => writeFileSync(settingsFile, JSON.stringify(payload));

let fixture: Fixture;
beforeAll(async () => {
  settingsBecome({ Notifications: true });
  fixture = await Fixture.start({ SOFTWARE_UPDATE_SETTINGS_FILE: settingsFile });
});
afterAll(() => fixture.close());
const { requested, configurationsOf, offersOf, openOf, pushesTo, declaredMac, tokensOf } = declaring(() => fixture);

let messages = 0;
const message = <E extends ReleasesEvent>(event: E): Envelope<E> => {
  messages += 1;
  return envelopeOf(event, { id: reactionId('release-message', messages) }) as Envelope<E>;
};
const twice = async (hand: () => Promise<unknown>): Promise<void> => {
  await hand();
  await hand();
};

const consumer = () => fixture.service.app.get(ReleasesConsumer);
/** What `releases` says; everything comes twice. */
const releases = {
  announced(version: string, build: string) {
    const news = message({
      ...{
        type: 'ReleaseAnnounced',
        version,
        build,
        os: '15',
        kind: 'patch',
        released: '2022-09-10',
        firstSeen: START,
      },
      ...{ supportedDevices: ['J413AP'], allDevices: false, installer: false, comboPackage: false },
    } as const);
    return twice(() => consumer().onReleaseAnnounced(news));
  },
  leftPublic(version: string, build: string) {
    const news = message({ type: 'ReleaseLeftPublic', version, build, os: '15', left: START } as const);
    return twice(() => consumer().onReleaseLeftPublic(news));
  },
  leftAll(version: string, build: string) {
    const news = message({ type: 'ReleaseLeftAll', version, build, os: '15', left: START } as const);
    return twice(() => consumer().onReleaseLeftAll(news));
  },
  returned(version: string, build: string, to: 'public' | 'all') {
    const news = message({ type: 'ReleaseReturned', version, build, os: '15', to, returned: START } as const);
    return twice(() => consumer().onReleaseReturned(news));
  },
};
const said = async (mac: TestMac) =>
  (await offersOf(mac)).map((event) => (event.type === 'DeclarationNotOffered' ? event.reason : 'offered'));
const saidOf = (mac: TestMac, ...expected: readonly string[]) =>
  until(async () => JSON.stringify(await said(mac)) === JSON.stringify(expected));

describe('a version that Apple has nowhere any more (trap 17)', () => {
  it('leaves the Macs that were to install it, with a command, a push and an event; and comes back', async () => {
    await releases.announced('15.7.1', '24G1');
    const mac = await declaredMac();
    const name = await requested(mac, { version: '15.7.1', build: '24G1' });
    await mac.answerAll();
    await mac.declarative(`declaration/configuration/${name}`);
    const pushes = pushesTo(mac);

    await releases.leftPublic('15.7.1', '24G1');
    await releases.leftAll('15.7.1', '24G1');
    await saidOf(mac, 'offered', 'version_gone');
    expect(await configurationsOf(mac)).not.toContain(name);
    expect((await mac.declarative(`declaration/configuration/${name}`)).status).toBe(404);
    expect(await openOf(mac)).toHaveLength(1);
    await until(() => pushesTo(mac) > pushes);

    await releases.returned('15.7.1', '24G1', 'all');
    await saidOf(mac, 'offered', 'version_gone', 'offered');
    expect(await configurationsOf(mac)).toContain(name);
  });

  it('stays while it only left the public list, and while another build of it is there', async () => {
    for (const build of ['24G2', '24G3']) await releases.announced('15.7.2', build);
    const [one, other] = [await declaredMac(), await declaredMac()];
    await requested(one, { version: '15.7.2', build: '24G2' });
    await requested(other, { version: '15.7.2', build: undefined });
    await releases.leftPublic('15.7.2', '24G2');
    await releases.leftAll('15.7.2', '24G3');
    await releases.leftAll('15.7.2', '24G2');
    await saidOf(one, 'offered', 'version_gone');
    await saidOf(other, 'offered', 'version_gone');
    await releases.returned('15.7.2', '24G3', 'public');
    await saidOf(other, 'offered', 'version_gone', 'offered');
    expect(await said(one)).toEqual(['offered', 'version_gone']);
  });

  it('is not offered to a Mac that is to install it afterwards, and a Mac of another version is not told', async () => {
    await releases.announced('15.7.3', '24G4');
    const other = await declaredMac();
    await requested(other, { version: '15.7.4', build: undefined });
    const before = await tokensOf(other);
    await releases.leftAll('15.7.3', '24G4');
    const mac = await declaredMac();
    await requested(mac, { version: '15.7.3', build: '24G4' });
    await saidOf(mac, 'version_gone');
    expect(await said(other)).toEqual(['offered']);
    expect(await tokensOf(other)).toEqual(before);
  });
});

describe('the software update settings of the fleet', () => {
  it('are held by every Mac that can, and follow the file at the next start', async () => {
    const mac = await declaredMac();
    expect(await configurationsOf(mac)).toContain('managed-os.settings');
    const payload = async () => {
      const { text } = await mac.declarative('declaration/configuration/managed-os.settings');
      return (JSON.parse(text) as { Payload: unknown }).Payload;
    };
    expect(await payload()).toEqual({ Notifications: true });
    const [token, pushes] = [await tokensOf(mac), pushesTo(mac)];
    await fixture.service.restart();
    settingsBecome({ Notifications: true, AutomaticActions: { Download: 'AlwaysOn' } });
    await fixture.service.restart();
    await until(async () => (await openOf(mac)).length === 1);
    await until(() => pushesTo(mac) > pushes);
    expect(await payload()).toEqual({ Notifications: true, AutomaticActions: { Download: 'AlwaysOn' } });
    expect((await tokensOf(mac)).DeclarationsToken).not.toBe(token.DeclarationsToken);
    expect(await mac.answerAll()).toMatchObject({ text: '' });
    await fixture.service.restart();
    expect(await openOf(mac)).toEqual([]);
  });

  it('keep the dispatcher from starting when macOS would not take them, naming the place', async () => {
    settingsBecome({ AutomaticActions: { Install: 'AlwaysOn' } });
    await expect(fixture.service.restart()).rejects.toThrow(
      'SOFTWARE_UPDATE_SETTINGS_FILE: /AutomaticActions/Install: macOS has no such setting',
    );
    settingsBecome({});
    await fixture.service.restart();
  });
});
