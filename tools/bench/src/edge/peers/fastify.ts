import { parseConnect } from '@managed-os/apple-mdm';
import { fastify } from 'fastify';
import { parse } from 'plist';

/** A server without anything of ours around it, which reads what a Mac says (or not), and answers with an empty 200. */

const works: Readonly<Record<string, (body: Buffer) => unknown>> = {
  nothing: () => true,
  ours: (body) => parseConnect(body).ok,
  plist: (body) => parse(body.toString()),
};

const work = works[process.argv[2] ?? ''];
const server = fastify();
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
server.put<{ Body: Buffer }>('/mdm/connect', (request, reply) => {
  void reply.code(work?.(request.body) ? 200 : 400).send();
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.once('disconnect', () => void server.close().then(() => process.exit()));
process.send?.({ url });
