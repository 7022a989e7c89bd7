import { describe, expect, it } from '@jest/globals';
import { parseWebhook } from './webhook-event.js';

const idle = '<plist><dict><key>UDID</key><string>U-1</string><key>Status</key><string>Idle</string></dict></plist>';
const checkOut =
  '<plist><dict><key>MessageType</key><string>CheckOut</string><key>UDID</key><string>U-1</string><key>Topic</key><string>t</string></dict></plist>';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const webhook = (event: unknown) => parseWebhook(Buffer.from(JSON.stringify(event)));
const at = '2026-12-01T05:00:00.123456789+01:00';

describe('a webhook of NanoMDM', () => {
  it('says what the Mac said, and when, in UTC', () =>
    expect(
      webhook({ topic: 'mdm.Connect', created_at: at, acknowledge_event: { raw_payload: base64(idle) } }),
    ).toMatchObject({
      ok: true,
      value: { kind: 'connect', at: '2026-12-01T04:00:00.123Z', report: { status: 'Idle', sender: { udid: 'U-1' } } },
    }));

  it('is what the Mac said, whatever is written around it', () =>
    expect(
      webhook({
        topic: 'mdm.Authenticate',
        created_at: at,
        checkin_event: { udid: 'U-2', ids: { id: 'U-2' }, raw_payload: base64(checkOut) },
      }),
    ).toMatchObject({ value: { kind: 'checkin', message: { type: 'CheckOut', sender: { udid: 'U-1' } } } }));

  it.each([
    ['a kind that does not concern us', { created_at: at, topic: 'mdm.Something' }],
    [
      'a message that does not concern us',
      { created_at: at, checkin_event: { raw_payload: base64(checkOut.replace('CheckOut', 'GetToken')) } },
    ],
  ])('%s is passed over', (_, event) => expect(webhook(event)).toEqual({ ok: true, value: { kind: 'other' } }));

  it.each([
    ['no JSON', parseWebhook(Buffer.from('{')), 'syntax'],
    ['no object', webhook([1]), 'syntax'],
    ['no time', webhook({ acknowledge_event: { raw_payload: base64(idle) } }), 'missing-key'],
    ['no payload', webhook({ created_at: at, acknowledge_event: {} }), 'syntax'],
    ['a payload that is none', webhook({ created_at: at, checkin_event: { raw_payload: '!' } }), 'syntax'],
  ])('%s is refused', (_, parsed, code) => expect(parsed).toMatchObject({ ok: false, refusal: { code } }));
});
