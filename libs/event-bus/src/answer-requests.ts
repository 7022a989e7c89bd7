import { headers, type Msg } from '@nats-io/nats-core';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Log } from '@managed-os/event-store';
import { inMessage } from './message-scope.js';
import { ERROR_HEADER, type ErrorAnswer, RequestRefused } from './request.js';

/** Answers requests on a subject, each by one instance of the service. `busy` holds the answers under way. */
export const answerRequests = (
  connection: NatsConnection,
  subject: string,
  service: string,
  log: Log,
  busy: Set<Promise<void>>,
  handler: (body: unknown) => Promise<unknown>,
): Subscription =>
  connection.subscribe(subject, {
    queue: service,
    callback: (error, message) => {
      if (error) return log.error({ error, subject }, 'not answering requests');
      const answering: Promise<void> = answer(message, handler, log).finally(() => busy.delete(answering));
      busy.add(answering);
    },
  });

const answer = async (message: Msg, handler: (body: unknown) => Promise<unknown>, log: Log): Promise<void> => {
  const { subject } = message;
  try {
    const body = message.data.length > 0 ? message.json() : undefined;
    const scope = { correlationId: message.reply ?? '', messageId: message.reply ?? '' };
    const result = await inMessage(message.headers, subject, scope, () => handler(body));
    message.respond(JSON.stringify(result ?? null));
  } catch (error) {
    const refused = error instanceof RequestRefused;
    if (!refused) log.error({ error, subject }, 'a request failed');
    const answered: ErrorAnswer = {
      error: refused
        ? { code: error.code, facts: error.facts }
        : { code: error instanceof SyntaxError ? 'malformed' : 'internal' },
    };
    const hdrs = headers();
    hdrs.set(ERROR_HEADER, answered.error.code);
    if (message.reply && !message.respond(JSON.stringify(answered), { headers: hdrs }))
      log.warn({ subject }, 'no way to answer');
  }
};
