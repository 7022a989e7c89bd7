import { AsyncLocalStorage } from 'node:async_hooks';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { MsgHdrs } from '@nats-io/nats-core';

/** The message in hand, for log lines; the domain never reads it. */
export interface MessageScope {
  readonly correlationId: string;
  readonly messageId: string;
}

const scope = new AsyncLocalStorage<MessageScope>();

/** The message that the running code handles; `undefined` outside a handler. */
export const currentMessage = (): MessageScope | undefined => scope.getStore();

const getter = {
  get: (hdrs: MsgHdrs | undefined, key: string) => hdrs?.get(key) || undefined,
  keys: (hdrs: MsgHdrs | undefined) => hdrs?.keys() ?? [],
};

const setter = { set: (hdrs: MsgHdrs, key: string, value: string) => hdrs.set(key, value) };

/** The trace that is active now, as the W3C header; `undefined` when nothing is traced. */
export const currentTraceparent = (): string | undefined => {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
};

/** Hands the active trace on with a message. */
export const injectTrace = (hdrs: MsgHdrs): void => propagation.inject(context.active(), hdrs, setter);

/** Runs a handler inside the trace that its message came with, in a span of its own. */
export const inMessage = <T>(
  hdrs: MsgHdrs | undefined,
  subject: string,
  values: MessageScope,
  work: () => Promise<T>,
): Promise<T> =>
  context.with(propagation.extract(context.active(), hdrs, getter), () =>
    trace
      .getTracer('@managed-os/event-bus')
      .startActiveSpan(`process ${subject}`, { kind: SpanKind.CONSUMER }, (span) =>
        scope.run(values, async () => {
          try {
            return await work();
          } catch (error) {
            span.recordException(error instanceof Error ? error : String(error));
            span.setStatus({ code: SpanStatusCode.ERROR });
            throw error;
          } finally {
            span.end();
          }
        }),
      ),
  );
