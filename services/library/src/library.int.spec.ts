import { previewHeaders, startTestService, type TestService } from '@managed-os/service-host/testing';
import type { ItemView } from './items/items.js';
import { libraryService } from './service.js';

interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

const ITEMS = '/api/library/items';
const manual = {
  mode: 'manual',
  minimumVersion: '12.5.1',
  deadlineDate: '2022-09-16',
  time: '14:00',
  clock: { zone: 'America/New_York' },
};

let service: TestService;
beforeAll(async () => {
  service = await startTestService(libraryService);
});
afterAll(() => service.close());

const add = async (body: object = { os: '12' }) => (await service.api<ItemView>('POST', ITEMS, body)).body;
const configure = (id: string, revision: string, body: object, headers: Record<string, string> = {}) =>
  service.api<ItemView & ProblemBody>('PUT', `${ITEMS}/${id}/enforcement`, body, {
    'if-match': `"${revision}"`,
    ...previewHeaders({ kind: 'enforcement', values: { itemId: id, os: '12', enforcement: body } }, { revision }),
    ...headers,
  });
const windowOf = (id: string, version: string) => `${ITEMS}/${id}/releases/${version}/window`;
const override = (id: string, version: string, revision: string, window: string) =>
  service.api<ItemView & ProblemBody>(
    'PUT',
    windowOf(id, version),
    { window, reason: 'exploited' },
    {
      'if-match': `"${revision}"`,
      ...previewHeaders({ kind: 'override', values: { itemId: id, version, window } }, { revision }),
    },
  );
const automatic = { mode: 'automatic', window: 'P2W', time: '14:00', clock: { zone: 'UTC' } };

describe('the Library over HTTP', () => {
  it('S52 S70 adds an operating system, which enforces nothing yet', async () => {
    const answer = await service.api<ItemView>('POST', ITEMS, { os: '12' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(answer.headers.get('location')).toBe(`${ITEMS}/${answer.body.id}`);
    expect(answer.body).toMatchObject({ os: '12', name: 'macOS Monterey', enforcement: null, revision: '1' });
    expect((await service.api('GET', `${ITEMS}/${answer.body.id}`)).body).toEqual(answer.body);
  });

  it('Q25 takes several labelled copies and lists them by system and name', async () => {
    await add({ os: '10.15', name: ' Old ones ' });
    await add({ os: '12', name: 'Pilot' });
    await service.caughtUp();
    const { body } = await service.api<{ items: readonly ItemView[] }>('GET', ITEMS);
    expect(body.items.map(({ name }) => name)).toEqual(['Old ones', 'macOS Monterey', 'Pilot']);
  });

  it('S57 to S69 saves an enforcement and shows it as it was sent, at once and in the list', async () => {
    const { id, revision } = await add();
    const answer = await configure(id, revision, manual);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe('"2"');
    expect(answer.body.enforcement).toEqual(manual);
    await service.caughtUp();
    const { body } = await service.api<{ items: readonly ItemView[] }>('GET', ITEMS);
    expect(body.items.find((item) => item.id === id)).toEqual(answer.body);
  });

  it('makes nothing new of the same, saved again', async () => {
    const { id } = await add();
    await configure(id, '1', manual);
    const again = await configure(id, '2', manual);
    expect([again.status, again.body.revision]).toEqual([200, '2']);
  });

  it('answers 400 with a message per field', async () => {
    const { id } = await add();
    const { status, body, headers } = await configure(id, '1', {
      ...manual,
      time: '25:00',
      clock: { zone: 'Nowhere' },
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.errors).toEqual([
      { pointer: '/time', detail: 'time must be a time of day such as 14:00' },
      { pointer: '/clock/zone', detail: 'zone must be an IANA time zone such as Europe/Paris' },
    ]);
  });

  it.each([
    [{ os: '16' }, '/os'],
    [{ os: '12', name: '' }, '/name'],
    [{ os: '12', name: 'two\nlines' }, '/name'],
    [{ os: '12', colour: 'red' }, '/colour'],
  ])('answers 400 to %j', async (body, pointer) => {
    const answer = await service.api<ProblemBody>('POST', ITEMS, body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('X4 saves nothing without the token of a preview of this very change', async () => {
    const { id } = await add();
    const bare = await service.api<ProblemBody & { preview: string }>('PUT', `${ITEMS}/${id}/enforcement`, manual, {
      'if-match': '"1"',
    });
    expect([bare.status, bare.body.code, bare.body.preview]).toEqual([
      ...[428, 'preview-required', '/api/deadlines/preview'],
    ]);
    const previewed = { kind: 'enforcement' as const, values: { itemId: id, os: '12', enforcement: manual } };
    const large = { revision: '1', affected: 40, large: true };
    const later = { ...manual, deadlineDate: '2022-09-17' };
    expect((await configure(id, '1', later, previewHeaders(previewed, { revision: '1' }))).status).toBe(409);
    expect((await configure(id, '1', manual, previewHeaders(previewed, large))).body.code).toBe(
      'confirmation-required',
    );
    expect((await service.api<ItemView>('GET', `${ITEMS}/${id}`)).body.enforcement).toBeNull();
    const confirmed = { ...previewHeaders(previewed, large), 'preview-confirm': '40' };
    expect((await configure(id, '1', manual, confirmed)).status).toBe(200);
    expect((await configure(id, '2', manual, { 'preview-confirm': 'many' })).status).toBe(400);
    // Of what changes nothing, as a repeat whose answer got lost, no preview could say anything, however old it is.
    expect(
      await service.api('PUT', `${ITEMS}/${id}/enforcement`, manual, { 'if-match': '"1"', ...confirmed }),
    ).toMatchObject({ status: 200, body: { revision: '2', enforcement: manual } });
  });

  it('Q40 gives one release a window of its own, and takes it back', async () => {
    const { id } = await add();
    await configure(id, '1', automatic);
    const overridden = await override(id, '12.6', '2', 'P3D');
    expect([overridden.status, overridden.body.overrides]).toEqual([200, { '12.6': 'P3D' }]);
    expect((await override(id, '12.6', '3', 'P3D')).body.revision).toBe('3');
    const padded = await service.api<ItemView>(
      'PUT',
      windowOf(id, '12.6.0'),
      { window: 'P3D' },
      {
        'if-match': '"3"',
        ...previewHeaders(
          { kind: 'override', values: { itemId: id, version: '12.6', window: 'P3D' } },
          { revision: '3' },
        ),
      },
    );
    expect(padded.body.overrides).toEqual({ '12.6': 'P3D' });
    await service.caughtUp();
    const { body } = await service.api<{ items: readonly ItemView[] }>('GET', ITEMS);
    expect(body.items.find((item) => item.id === id)).toEqual(overridden.body);
    const restored = await service.api<ItemView>('DELETE', windowOf(id, '12.6'), undefined, {
      'if-match': '"3"',
      ...previewHeaders({ kind: 'override', values: { itemId: id, version: '12.6' } }, { revision: '3' }),
    });
    expect([restored.status, restored.body.overrides, restored.body.revision]).toEqual([200, {}, '4']);
  });

  it('Q40 refuses a window of another major, one of an item that is not automatic, and one without preview', async () => {
    const { id } = await add();
    expect((await override(id, '12.6', '1', 'P3D')).body.code).toBe('item-not-automatic');
    await configure(id, '1', automatic);
    expect((await override(id, '13.0', '2', 'P3D')).body.code).toBe('version-not-of-this-os');
    expect((await override(id, '12.6', '2', 'PT3H')).status).toBe(400);
    const headers = { 'if-match': '"2"' };
    expect((await service.api('PUT', windowOf(id, '12.6'), { window: 'P3D' }, headers)).status).toBe(428);
    // There is none to take back, so nothing changes; of one that is there somebody may be concerned.
    expect((await service.api('DELETE', windowOf(id, '12.6'), undefined, headers)).status).toBe(200);
    await override(id, '12.6', '2', 'P3D');
    expect((await service.api('DELETE', windowOf(id, '12.6'), undefined, { 'if-match': '"3"' })).status).toBe(428);
  });

  it('X13 keeps a shorter window for exploited vulnerabilities, of automatic items only', async () => {
    const { id } = await add();
    const urgent = { ...automatic, exploitedWindow: 'P2D' };
    expect((await configure(id, '1', urgent)).body.enforcement).toEqual(urgent);
    expect((await configure(id, '2', { ...urgent, exploitedWindow: 'P9D' })).body.errors?.[0]?.pointer).toBe(
      '/exploitedWindow',
    );
    expect((await configure(id, '2', { ...manual, exploitedWindow: 'P2D' })).status).toBe(400);
  });

  it('S62 answers 422 to a minimum of another major', async () => {
    const { id } = await add();
    const { status, body } = await configure(id, '1', { ...manual, minimumVersion: '13.0' });
    expect([status, body.code]).toEqual([422, 'minimum-version-not-of-this-os']);
    expect(body.errors).toEqual([
      { pointer: '/minimumVersion', detail: 'minimumVersion must be a version of macOS 12' },
    ]);
  });

  it('answers 412 to a stale ETag, 428 to none, 400 to a malformed one, 404 to an unknown item', async () => {
    const { id } = await add();
    await configure(id, '1', manual);
    const other = { ...manual, time: '15:00' };
    expect((await configure(id, '1', other)).body.code).toBe('revision-is-stale');
    expect((await configure(id, '1', other)).status).toBe(412);
    expect((await service.api('PUT', `${ITEMS}/${id}/enforcement`, manual)).status).toBe(428);
    expect((await configure(id, 'two"', other)).status).toBe(400);
    const unknown = '018f0000-0000-7000-8000-00000000ffff';
    expect((await configure(unknown, '1', manual)).status).toBe(404);
    expect((await service.api('GET', `${ITEMS}/${unknown}`)).status).toBe(404);
    expect((await service.api('GET', `${ITEMS}/not-an-id`)).status).toBe(400);
  });

  it('answers a repeated request with the first one’s item', async () => {
    const headers = { 'idempotency-key': 'add-once' };
    const [first, second] = await Promise.all(
      [1, 2].map(() => service.api<ItemView>('POST', ITEMS, { os: '14' }, headers)),
    );
    expect([first?.status, second?.status]).toEqual([201, 201]);
    expect(second?.body).toEqual(first?.body);
    await service.caughtUp();
    const { body } = await service.api<{ items: readonly ItemView[] }>('GET', ITEMS);
    expect(body.items.filter((item) => item.os === '14')).toHaveLength(1);
  });

  it('answers a repeated save with success, although its own first try moved the revision', async () => {
    const { id } = await add();
    const headers = { 'idempotency-key': `save ${id}` };
    const first = await configure(id, '1', manual, headers);
    const later = await configure(id, '2', { ...manual, time: '16:00' });
    const again = await configure(id, '1', manual, headers);
    expect([first.status, later.status, again.status]).toEqual([200, 200, 200]);
    expect(again.body).toEqual(later.body);
  });

  it('renames and removes; a removed item is gone from everywhere', async () => {
    const { id } = await add({ os: '26' });
    const path = `${ITEMS}/${id}`;
    const renamed = await service.api<ItemView>('PATCH', path, { name: 'Tahoe ring' }, { 'if-match': '"1"' });
    expect([renamed.status, renamed.body.name, renamed.body.revision]).toEqual([200, 'Tahoe ring', '2']);
    expect((await service.api('DELETE', path, undefined, { 'if-match': '"1"' })).status).toBe(412);
    expect((await service.api('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(204);
    expect((await service.api('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(204);
    expect((await service.api('GET', path)).status).toBe(404);
    await service.caughtUp();
    const { body } = await service.api<{ items: readonly ItemView[] }>('GET', ITEMS);
    expect(body.items.some((item) => item.id === id)).toBe(false);
  });

  it('lets nobody in without a token', async () => {
    const answer = await service.api('GET', ITEMS, undefined, { authorization: '' });
    expect(answer.status).toBe(401);
  });

  it('describes itself', async () => {
    const { body } = await service.api<{ paths: Record<string, unknown> }>('GET', '/api/library/openapi.json');
    const own = Object.keys(body.paths).filter((path) => !path.startsWith('/api/stores/library/'));
    expect(own).toEqual([
      ...[ITEMS, `${ITEMS}/{itemId}`, `${ITEMS}/{itemId}/enforcement`],
      `${ITEMS}/{itemId}/releases/{version}/window`,
    ]);
  });
});
