import { plainToInstance } from 'class-transformer';
import {
  getMetadataStorage,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';

/** What every service needs to know from its environment; a service extends it with its own settings. */
export class ServiceConfig {
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT: number = 0;

  @IsString()
  readonly HOST: string = '127.0.0.1';

  /** Connects as the service's own role, which cannot write past the append function. */
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must be a postgres:// address' })
  readonly DATABASE_URL!: string;

  /** Connects as the owner of the schema; migrations run at start when it is set. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'MIGRATION_DATABASE_URL must be a postgres:// address' })
  readonly MIGRATION_DATABASE_URL?: string;

  @MinLength(1)
  readonly NATS_URL!: string;

  @IsOptional()
  @IsString()
  readonly NATS_USER?: string;

  @IsOptional()
  @IsString()
  readonly NATS_PASSWORD?: string;

  /** Copies of the service's stream; 3 or 5 on a cluster of at least as many servers. More than that are left as they are. */
  @IsInt()
  @Min(1)
  @Max(5)
  readonly NATS_REPLICAS: number = 1;

  /** `system`, or `scaled:<url of a clock server>`. */
  @Matches(/^(system|scaled:https?:\/\/.+)$/, { message: 'MOS_CLOCK must be system or scaled:<url>' })
  readonly MOS_CLOCK: string = 'system';

  /** Bearer token of the embedded default; its holder is admin. */
  @IsOptional()
  @MinLength(16)
  readonly LOCAL_TOKEN?: string;

  /** Issuer of the bearer tokens that people bring. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'OIDC_ISSUER must be an http(s) address' })
  readonly OIDC_ISSUER?: string;

  @IsOptional()
  @IsString()
  readonly OIDC_AUDIENCE?: string;

  /** The claim that lists a person's roles. */
  @IsString()
  readonly OIDC_ROLES_CLAIM: string = 'roles';

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly LOG_LEVEL: string = 'info';

  /** How long messages in hand may take to be finished at a shutdown; what is left is delivered again. */
  @IsInt()
  @Min(1)
  readonly SHUTDOWN_BUDGET_MS: number = 10_000;
}

/** The environment does not fit; names every variable that must be mended. */
export class InvalidConfig extends Error {
  override readonly name = 'InvalidConfig';
  readonly code = 'invalid-config';

  constructor(readonly problems: readonly string[]) {
    super(`configuration: ${problems.join('; ')}`);
  }
}

/**
 * Reads a configuration class from an environment. Texts become numbers and booleans where the class's defaults are such.
 * Throws `InvalidConfig`, which lists every problem at once.
 */
export const parseConfig = <C extends ServiceConfig>(
  Config: new () => C,
  env: Readonly<Record<string, string | undefined>>,
): C => {
  const defaults = Object.fromEntries(Object.entries(new Config()));
  const known = new Set([
    ...Object.keys(defaults),
    ...getMetadataStorage()
      .getTargetValidationMetadatas(Config, '', false, false)
      .map((m) => m.propertyName),
  ]);
  const given = Object.fromEntries(
    Object.entries(env)
      .filter(([key, value]) => value !== undefined && value !== '' && known.has(key))
      .map(([key, value]) => [key, converted(value ?? '', defaults[key] as unknown)]),
  );
  const config = plainToInstance(Config, given, { exposeDefaultValues: true });
  const problems = validateSync(config).flatMap((error) =>
    Object.values(error.constraints ?? { shape: `${error.property} is malformed` }),
  );
  if (problems.length > 0) throw new InvalidConfig(problems);
  return config;
};

const converted = (text: string, standard: unknown): unknown => {
  if (typeof standard === 'number') return Number(text);
  if (typeof standard === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
};

const SECRET = /PASSWORD|TOKEN|SECRET|_KEY$/;

/** The configuration for a log line: secrets and passwords in addresses are masked. */
export const redacted = (config: ServiceConfig): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([key, value]) => value !== undefined && /^[A-Z]/.test(key))
      .map(([key, value]) => [
        key,
        SECRET.test(key)
          ? '***'
          : typeof value === 'string'
            ? value.replace(/(:\/\/[^:/@]*):[^@/]*@/, '$1:***@')
            : value,
      ]),
  );
