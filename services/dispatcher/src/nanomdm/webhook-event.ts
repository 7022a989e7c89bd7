import {
  type CheckinMessage,
  type ConnectReport,
  type Parsed,
  parseCheckin,
  parseConnect,
  type Refusal,
} from '@managed-os/apple-mdm';
import { instant, type Instant } from '@managed-os/kernel';
import { asObject, jsonObject, type JsonObject } from './json.js';

/** What NanoMDM tells of a Mac. What the Mac said is read from its own words, never from what is written around them. */
export type WebhookEvent =
  | {
      readonly kind: 'checkin';
      readonly message: CheckinMessage;
      readonly at: Instant;
      /** How many TokenUpdates there were in this enrollment, with this one; NanoMDM counts them. */
      readonly tokenUpdates?: number;
    }
  | { readonly kind: 'connect'; readonly report: ConnectReport; readonly at: Instant }
  /** Of a kind that is of no use here. */
  | { readonly kind: 'other' };

/** Reads the body of a webhook (NanoMDM's `service/webhook/event.json`). `at`: NanoMDM's clock. */
export const parseWebhook = (body: Uint8Array): Parsed<WebhookEvent> => {
  const event = jsonObject(Buffer.from(body).toString('utf8'));
  if (!event) return refused('syntax', '', 'a webhook is a JSON object');
  const millis = Date.parse(textAt(event, 'created_at') ?? '');
  if (Number.isNaN(millis)) return refused('missing-key', '/created_at', 'a webhook says when it happened');
  const at = instant(millis);
  const [connect, checkin] = [asObject(event['acknowledge_event']), asObject(event['checkin_event'])];
  if (connect) {
    const read = parseConnect(payloadOf(connect));
    return read.ok ? { ok: true, value: { kind: 'connect', report: read.value, at } } : read;
  }
  if (!checkin) return { ok: true, value: { kind: 'other' } };
  const read = parseCheckin(payloadOf(checkin));
  if (!read.ok) return read.refusal.code === 'unknown-message' ? { ok: true, value: { kind: 'other' } } : read;
  const tally = checkin['token_update_tally'];
  return {
    ok: true,
    value: {
      kind: 'checkin',
      message: read.value,
      at,
      ...(typeof tally === 'number' && { tokenUpdates: tally }),
    },
  };
};

const textAt = (from: JsonObject | undefined, key: string): string | undefined => {
  const value = from?.[key];
  return typeof value === 'string' ? value : undefined;
};

/** The bytes that the Mac sent; none when there are none, which the readers of property lists refuse. */
const payloadOf = (event: JsonObject): Uint8Array => Buffer.from(textAt(event, 'raw_payload') ?? '', 'base64');

const refused = (code: Refusal['code'], path: string, detail: string): Parsed<never> => ({
  ok: false,
  refusal: { code, path, detail },
});
