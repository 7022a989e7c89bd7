/**
 * Import this module first in `main.ts`: OpenTelemetry patches http and pg as they are loaded.
 * It starts only when the standard `OTEL_…` variables name an exporter; otherwise nothing of it is loaded.
 */
import { telemetryWanted } from './config.js';

let stop: () => Promise<void> = () => Promise.resolve();

if (telemetryWanted()) {
  const [
    { NodeSDK },
    { HttpInstrumentation },
    { PgInstrumentation },
    { UndiciInstrumentation },
    { RuntimeNodeInstrumentation },
  ] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-pg'),
    import('@opentelemetry/instrumentation-undici'),
    import('@opentelemetry/instrumentation-runtime-node'),
  ]);
  const sdk = new NodeSDK({
    instrumentations: [
      // The code that opens enrollment is a secret.
      new HttpInstrumentation({ redactedQueryParamsServer: ['code'] }),
      new PgInstrumentation({ requireParentSpan: true }),
      // The paths of pushes hold tokens of Macs, and Apple need not be told of our traces.
      new UndiciInstrumentation({ ignoreRequestHook: ({ path }) => path.startsWith('/3/device/') }),
      new RuntimeNodeInstrumentation(),
    ],
  });
  sdk.start();
  stop = () => sdk.shutdown();
}

/** Sends what is still held back; last step of a shutdown. */
export const stopTelemetry = (): Promise<void> => stop();
