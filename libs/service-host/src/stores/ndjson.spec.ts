import { fastify, type FastifyInstance } from 'fastify';
import { NDJSON, streamLines, type Write } from './ndjson.js';

const BIG = { text: 'x'.repeat(64 * 1_024) };

describe('an answer of many lines', () => {
  let app: FastifyInstance;
  let url: string;
  let work: (write: Write, signal: AbortSignal) => Promise<void>;
  let stopping: AbortController;
  /** How the work ended. */
  let ended: Promise<string>;

  beforeEach(async () => {
    app = fastify();
    stopping = new AbortController();
    app.get('/', (_request, reply) => {
      let tell: (how: string) => void = () => undefined;
      ended = new Promise((resolve) => (tell = resolve));
      streamLines(reply, stopping.signal, async (write, signal) => {
        await work(write, signal).then(
          () => tell('done'),
          (error: Error) => {
            tell(error.name);
            throw error;
          },
        );
      });
      return reply;
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => app.close());

  /** Without back-pressure this would never give way to anything else. */
  const endless = async (write: Write): Promise<void> => {
    for (;;) await write(BIG);
  };

  it('has one value per line', async () => {
    work = async (write) => {
      await write({ a: 1 }, { b: '\n' });
      await write({ c: 3 });
    };
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe(NDJSON);
    expect(await answer.text()).toBe('{"a":1}\n{"b":"\\n"}\n{"c":3}\n');
  });

  it('waits for a reader that does not read, and ends when that one goes away', async () => {
    work = endless;
    const reader = (await fetch(url)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await ended).toBe('CallerGone');
  });

  it('tells work that writes nothing that its reader went away', async () => {
    work = async (write, signal) => {
      await write({ checked: 0 });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const reader = (await fetch(url)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(await ended).toBe('done');
  });

  it('is broken off when HTTP stops', async () => {
    work = endless;
    const answer = await fetch(url);
    stopping.abort();
    expect(await ended).toBe('AbortError');
    await expect(answer.text()).rejects.toThrow();
  });

  it('is broken off when its work fails, so that nobody takes it for the whole', async () => {
    work = async (write) => {
      await write(BIG);
      throw new RangeError('the rest cannot be read');
    };
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    expect(await ended).toBe('RangeError');
  });

  it('is an error when its work fails before the first line', async () => {
    work = () => Promise.reject(new RangeError('nothing can be read'));
    expect((await fetch(url)).status).toBe(500);
  });
});
