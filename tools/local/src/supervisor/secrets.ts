import { randomBytes } from 'node:crypto';
import { SERVICES, type ServiceName } from '../ingress/routes.js';
import { readState, writeState } from '../infra/state-file.js';

/** What the parts of one system prove themselves with; made once, kept in the state folder. */
export interface Secrets {
  /** Opens the APIs as admin. */
  readonly localToken: string;
  readonly databaseAdmin: string;
  readonly databaseOwner: string;
  readonly databasePasswords: Readonly<Record<ServiceName, string>>;
  readonly natsPasswords: Readonly<Record<ServiceName, string>>;
  /** 32 bytes, base64: bootstrap tokens lie encrypted in the database. */
  readonly bootstrapTokenKey: string;
  /** Opens `/enroll`. */
  readonly enrollmentCode: string;
  /** Signs the tokens of previews. */
  readonly previewKey: string;
}

const secret = (): string => randomBytes(24).toString('base64url');
const forEach = (): Record<ServiceName, string> =>
  Object.fromEntries(SERVICES.map((service) => [service, secret()])) as Record<ServiceName, string>;

/** The secrets in `file`, or new ones. */
export const keepSecrets = (file: string): Secrets => {
  const kept = readState<Partial<Secrets>>(file);
  const secrets: Secrets = {
    localToken: secret(),
    databaseAdmin: secret(),
    databaseOwner: secret(),
    databasePasswords: forEach(),
    natsPasswords: forEach(),
    bootstrapTokenKey: randomBytes(32).toString('base64'),
    enrollmentCode: secret(),
    previewKey: secret() + secret(),
    ...kept,
  };
  writeState(file, secrets);
  return secrets;
};
