import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@managed-os/kernel/testing';
import { at } from '../testing/played.js';
import { feedFiles } from './feed-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'managed-os-feed-'));
});
afterEach(() => rm(folder, { recursive: true }));
const put = (...names: readonly string[]) =>
  Promise.all(names.map((name) => writeFile(path.join(folder, name), `body of ${name}`)));

describe('captures in a folder', () => {
  it('come in the order of their instants, none before its own, and no other files', async () => {
    await put('2025-09-16T0000Z.json', '2025-09-15T1804Z.json.gz', 'README.md', '2025-09-15T0051Z.json');
    const clock = new ManualClock(at('2025-09-15T12:00Z'));
    const files = feedFiles(folder, clock);
    const { signal } = new AbortController();
    const first = await files.next({ after: '', refused: false, signal });
    expect(first).toMatchObject({ name: '2025-09-15T0051Z.json', seen: '2025-09-15T00:51:00.000Z' });
    expect(Buffer.from(first?.bytes ?? []).toString()).toBe('body of 2025-09-15T0051Z.json');
    let read: string | undefined;
    const second = files.next({ after: first?.seen ?? '', refused: false, signal }).then((capture) => {
      read = capture?.name;
      return capture;
    });
    clock.moveTo(at('2025-09-15T18:03:59Z'));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(read).toBeUndefined();
    clock.moveTo(at('2025-09-16T12:00Z'));
    expect((await second)?.name).toBe('2025-09-15T1804Z.json.gz');
    expect((await files.next({ after: '2025-09-15T18:04:00.000Z', refused: false, signal }))?.name).toBe(
      '2025-09-16T0000Z.json',
    );
  });

  it('waits for a file that is put there later, and ends when the service does', async () => {
    const files = feedFiles(folder, new ManualClock(at('2025-09-16T12:00Z')));
    const stop = new AbortController();
    const next = files.next({ after: '', refused: false, signal: stop.signal });
    await put('2025-09-16T0000Z.json');
    expect((await next)?.name).toBe('2025-09-16T0000Z.json');
    const nothing = files.next({ after: '2025-09-16T00:00:00.000Z', refused: false, signal: stop.signal });
    stop.abort();
    expect(await nothing).toBeUndefined();
  });

  it('a folder that is not there cannot be read', () =>
    expect(
      feedFiles(path.join(folder, 'gone'), new ManualClock(at('2025-09-16T12:00Z'))).next({
        ...{ after: '', refused: false },
        signal: new AbortController().signal,
      }),
    ).rejects.toMatchObject({ code: 'ENOENT' }));
});
