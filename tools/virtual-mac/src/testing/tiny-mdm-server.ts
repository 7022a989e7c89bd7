import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import {
  BasicConstraintsExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { decode, type Dict, encode } from '../plist.js';
import { signerOf } from './signer-of.js';

/** A message a Mac sent: where, who by the certificate, and what. */
export interface Heard {
  readonly path: string;
  readonly contentType: string;
  readonly identity: string | undefined;
  readonly message: Dict;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly location?: string;
}

/** Plays an MDM server: `answer` decides everything; `undefined` breaks the connection. */
export interface TinyMdmServer {
  readonly url: string;
  readonly ca: string;
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2050-01-01T00:00:00Z') };

const read = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open));
  return (server.address() as AddressInfo).port;
};

const pemOfKey = async (keys: webcrypto.CryptoKeyPair): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
};

const identityOf = (request: IncomingMessage, body: Buffer, isSecure: boolean): string | undefined => {
  const signature = request.headers['mdm-signature'];
  if (typeof signature === 'string') {
    const signer = signerOf(Buffer.from(signature, 'base64'), body);
    return signer && createHash('sha256').update(signer).digest('hex');
  }
  const der = isSecure
    ? (request.socket as TLSSocket).getPeerCertificate().raw
    : Buffer.from(String(request.headers['client-cert'] ?? '').replaceAll(':', ''), 'base64');
  return der && der.length > 0 ? createHash('sha256').update(der).digest('hex') : undefined;
};

export const startTinyMdmServer = async (
  answer: (heard: Heard) => Answer | undefined | Promise<Answer | undefined>,
  {
    isSecure = false,
    asksForCertificate = true,
  }: { readonly isSecure?: boolean; readonly asksForCertificate?: boolean } = {},
): Promise<TinyMdmServer> => {
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Tiny CA',
    ...VALID,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  let serial = 1;
  const sign = (subject: string, publicKey: webcrypto.CryptoKey, names: readonly string[]): Promise<X509Certificate> =>
    X509CertificateGenerator.create({
      serialNumber: (++serial).toString(16).padStart(4, '0'),
      subject,
      issuer: ca.subject,
      ...VALID,
      publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: names.map((value) => new SubjectAlternativeNameExtension([{ type: 'ip', value }])),
    });

  const heard: Heard[] = [];
  const mdm = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(request);
    const message = decode(body) ?? {};
    const contentType = String(request.headers['content-type']);
    const entry = { path: String(request.url), contentType, identity: identityOf(request, body, isSecure), message };
    heard.push(entry);
    const given = await answer(entry);
    if (!given) return void request.socket.destroy();
    response.writeHead(given.status, {
      'content-type': 'application/xml; charset=UTF-8',
      ...(given.location === undefined ? {} : { location: given.location }),
    });
    response.end(given.body ?? '');
  };
  const issue = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = new Pkcs10CertificateRequest((await read(request)).toString());
    const key = await asked.publicKey.export();
    const certificate = await sign(asked.subject, key, []);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ certificate: certificate.toString('pem'), ca: ca.toString('pem') }));
  };
  const handle = (listener: typeof mdm) => (request: IncomingMessage, response: ServerResponse) => {
    listener(request, response).catch(() => response.destroy());
  };

  const authority = createServer(handle(issue));
  let server: Server = createServer(handle(mdm));
  if (isSecure) {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const certificate = await sign('CN=Tiny MDM', keys.publicKey, ['127.0.0.1']);
    const tls = { key: await pemOfKey(keys), cert: certificate.toString('pem'), ca: ca.toString('pem') };
    server = createSecureServer(
      { ...tls, requestCert: asksForCertificate, rejectUnauthorized: asksForCertificate },
      handle(mdm),
    );
  }
  const [port, caPort] = [await listen(server), await listen(authority)];
  const end = (one: Server): Promise<void> =>
    new Promise((closed) => {
      one.close(() => closed());
      one.closeAllConnections();
    });
  return {
    url: `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`,
    ca: `http://127.0.0.1:${caPort}/ca`,
    heard,
    close: async () => void (await Promise.all([end(server), end(authority)])),
  };
};

/** A body with a command. */
export const commandBody = (uuid: string, command: Dict): string => encode({ CommandUUID: uuid, Command: command });
