import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { RoleName } from '../access.js';

/** An OIDC issuer on the loopback interface: its address is an `OIDC_ISSUER`. */
export interface TestIssuer {
  readonly address: string;
  /** A bearer token of one person with these claims, valid for five minutes. */
  sign(claims: Readonly<Record<string, unknown>>, issuedBy?: string): Promise<string>;
  /** The header of somebody with these roles. */
  authorization(...roles: readonly RoleName[]): Promise<{ readonly authorization: string }>;
  close(): Promise<void>;
}

export const startTestIssuer = async (): Promise<TestIssuer> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
  const server = createServer((request, response) => {
    const body = request.url === '/keys' ? { keys: [jwk] } : { jwks_uri: `${address}/keys` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (claims: Readonly<Record<string, unknown>>, issuedBy = address): Promise<string> =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(issuedBy)
      .setSubject('person')
      .setExpirationTime('5m')
      .sign(privateKey);
  return {
    address,
    sign,
    authorization: async (...roles) => ({ authorization: `Bearer ${await sign({ roles })}` }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
