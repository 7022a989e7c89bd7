import { createHash, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { ROLES, type RoleName } from './access.js';
import type { ServiceConfig } from './service-config.js';

/** Who is asking. `ref` is stable and says nothing about the person. */
export interface Caller {
  readonly ref: string;
  readonly roles: readonly RoleName[];
}

/** Knows people by bearer tokens: the local token of the embedded default, or tokens of an OIDC issuer. */
export class Authenticator {
  private keys?: Promise<JWTVerifyGetKey>;

  constructor(private readonly config: ServiceConfig) {}

  /** `undefined` when the header is missing or the token is not good. Throws when the issuer cannot be asked. */
  async identify(authorization: string | undefined): Promise<Caller | undefined> {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
    if (!token) return undefined;
    if (this.config.LOCAL_TOKEN && sameSecret(token, this.config.LOCAL_TOKEN))
      return { ref: 'local', roles: ['admin'] };
    const issuer = this.config.OIDC_ISSUER;
    if (!issuer) return undefined;
    this.keys ??= discoverKeys(issuer);
    const keys = await this.keys.catch((cause: unknown) => {
      delete this.keys;
      throw new Error(`reading the keys of ${issuer}`, { cause });
    });
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        ...(this.config.OIDC_AUDIENCE && { audience: this.config.OIDC_AUDIENCE }),
      });
      const claimed = payload[this.config.OIDC_ROLES_CLAIM];
      const roles = ROLES.filter((role) => Array.isArray(claimed) && claimed.includes(role));
      return payload.sub ? { ref: `${issuer} ${payload.sub}`, roles } : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw error;
    }
  }
}

const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const discoverKeys = async (issuer: string): Promise<JWTVerifyGetKey> => {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
  const { jwks_uri: address } = (await response.json()) as { jwks_uri?: string };
  if (!address) throw new Error('the issuer names no jwks_uri');
  return createRemoteJWKSet(new URL(address));
};
