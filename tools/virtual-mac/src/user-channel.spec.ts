import { describe, expect, it } from '@jest/globals';
import { addressOf, userAddressOf } from './chance.js';
import type { Dict } from './plist.js';
import { aSonomaMac, DeclaredMac } from './testing/declared-mac.js';
import type { Answer } from './testing/tiny-mdm-server.js';

const user = { shortName: 'grace', longName: 'Grace Hopper' };
const WHO = { UserID: expect.any(String), UserShortName: 'grace', UserLongName: 'Grace Hopper' };

const withUser = (channel: string | undefined): DeclaredMac =>
  new DeclaredMac(aSonomaMac({ user: { ...user, ...(channel === undefined ? {} : { channel }) } }));

/** What was said on the user's channel. */
const said = (one: DeclaredMac): readonly Dict[] => one.desk.heard.filter((message) => message['UserID'] !== undefined);
/** What the server says instead, to the user's messages. */
const replying = (one: DeclaredMac, answer: (message: Dict) => Answer | undefined): void => {
  one.desk.otherwise = (message) => (message['UserID'] === undefined ? undefined : answer(message));
};

describe('the channel of a user (1.3)', () => {
  it('has its own address beside that of the Mac, told after a login', async () => {
    const one = await withUser('local').enrolled();
    const [update, ...others] = said(one);
    expect(others).toEqual([]);
    expect(update).toMatchObject({
      ...{ MessageType: 'TokenUpdate', UDID: one.mac.udid, NotOnConsole: false, ...WHO },
      ...{ Token: new Uint8Array(userAddressOf(one.mac).token), PushMagic: userAddressOf(one.mac).magic },
    });
    expect(userAddressOf(one.mac).token).not.toEqual(addressOf(one.mac).token);
  });

  it('is silent where nobody has one', async () => {
    expect(said(await withUser(undefined).enrolled())).toEqual([]);
  });

  it('of a network user asks first, and 410 means that this server has none', async () => {
    const one = withUser('network');
    replying(one, () => ({ status: 410 }));
    await one.enrolled();
    await one.pass(600);
    expect(said(one)).toMatchObject([{ MessageType: 'UserAuthenticate', ...WHO }]);
    expect(one.state).toMatchObject({ enrollment: 'enrolled', user: { stage: 'refused' }, defects: [] });
  });

  it('of a network user goes on when no password is asked for', async () => {
    const one = await withUser('network').enrolled();
    expect(said(one).map((message) => message['MessageType'])).toEqual(['UserAuthenticate', 'TokenUpdate']);
  });

  it('answers a push to its own token, under its own name', async () => {
    const one = await withUser('local').enrolled();
    one.desk.heard.splice(0);
    const info = { RequestType: 'DeviceInformation', Queries: ['OSVersion'] };
    await one.desk.command(info);
    await one.push(userAddressOf(one.mac));
    expect(one.desk.heard).toMatchObject([
      { Status: 'Idle', UDID: one.mac.udid, ...WHO },
      { Status: 'Acknowledged', CommandUUID: 'd-1', ...WHO, QueryResponses: { OSVersion: '14.5' } },
    ]);
  });

  it('takes no command for updates, which is a defect of the server', async () => {
    const one = await withUser('local').enrolled();
    one.desk.command({ RequestType: 'ScheduleOSUpdateScan' });
    await one.push(userAddressOf(one.mac));
    expect(one.desk.heard.at(-1)).toMatchObject({ Status: 'Error', CommandUUID: 'd-1', ...WHO });
    expect(one.defects).toEqual(['device-command-on-user-channel']);
    expect(one.state.scanEndsAt).toBeNull();
  });

  it('in trouble does not trouble the channel of the Mac', async () => {
    const one = withUser('local');
    replying(one, () => ({ status: 500 }));
    await one.enrolled();
    one.desk.command({ RequestType: 'SecurityInfo' });
    await one.push();
    expect(one.desk.heard.at(-1)).toMatchObject({ Status: 'Acknowledged', SecurityInfo: expect.anything() });
    one.desk.otherwise = () => undefined;
    await one.pass(5);
    expect(one.state.user).toMatchObject({ stage: 'enrolled', failures: 0 });
  });

  it('ends with the enrollment', async () => {
    const one = await withUser('local').enrolled();
    one.desk.instead.set('declaration-items', () => ({ status: 401 }));
    one.desk.offer('x', 'com.apple.management.properties', {});
    await one.sync();
    expect(one.state).toMatchObject({ enrollment: 'dropped', user: null });
  });
});
