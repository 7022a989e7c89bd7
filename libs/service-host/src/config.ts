/** The process's environment: read here, handed on as an argument. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env;

const WANTED = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
];

/** Whether anybody asked for traces or metrics; without that OpenTelemetry is not even loaded. */
export const telemetryWanted = (env = environment()): boolean =>
  env['OTEL_SDK_DISABLED'] !== 'true' &&
  (WANTED.some((key) => env[key]) ||
    ['OTEL_TRACES_EXPORTER', 'OTEL_METRICS_EXPORTER'].some((key) => env[key] !== undefined && env[key] !== 'none'));
