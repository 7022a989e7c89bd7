import { describe, expect, it } from '@jest/globals';
import { isNewEnough } from './connect-bus.js';
import { natsPermissions } from './nats-permissions.js';
import { matches } from './patterns.js';

const may = (subjects: readonly string[], subject: string): boolean =>
  subjects.some((pattern) => matches(pattern, subject));

describe('permissions of a service', () => {
  const { publish, subscribe } = natsPermissions('progress', { name: 'updates' });

  it.each([
    'mos.updates.mac.command_requested',
    '$JS.API.STREAM.CREATE.MOS_UPDATES',
    '$JS.API.CONSUMER.CREATE.MOS_DEADLINES.progress.mos.deadlines.>',
    '$JS.API.CONSUMER.MSG.NEXT.MOS_DEVICES.progress',
    '$JS.API.STREAM.MSG.GET.MOS_DEVICES',
    '$JS.ACK.MOS_DEVICES.progress.1.2.3.4.5',
    'mos.rpc.deadlines.open_obligation',
  ])('let it publish to %s', (subject) => expect(may(publish, subject)).toBe(true));

  it.each([
    'mos.deadlines.mac.deadline_reached',
    '$JS.API.STREAM.CREATE.MOS_DEADLINES',
    '$JS.API.STREAM.DELETE.MOS_UPDATES',
    '$JS.API.STREAM.PURGE.MOS_DEADLINES',
    '$JS.API.CONSUMER.MSG.NEXT.MOS_DEVICES.dispatcher',
    '$JS.API.CONSUMER.DELETE.MOS_DEVICES.progress',
    '$JS.ACK.MOS_DEVICES.dispatcher.1.2.3.4.5',
    '_INBOX_dispatcher.x',
  ])('do not let it publish to %s', (subject) => expect(may(publish, subject)).toBe(false));

  it('let it hear its own inboxes and the requests to it, and nothing else', () => {
    expect(subscribe).toEqual(['_INBOX_progress.>', 'mos.rpc.progress.>']);
  });
});

describe('the server', () => {
  it.each([
    ['2.14.0', true],
    ['2.15.1', true],
    ['3.0.0', true],
    ['2.14.0-beta.1', true],
    ['2.13.9', false],
    ['2.9.10', false],
    ['unknown', false],
  ])('of version %s is new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected));
});
