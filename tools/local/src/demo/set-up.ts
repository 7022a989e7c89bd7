import { reactionId } from '@managed-os/kernel';
import type { Api } from './api.js';
import { BLUEPRINTS, ITEMS, type Scenario } from './scenario.js';

interface Item {
  readonly id: string;
  readonly name: string;
  readonly os: string;
  readonly enforcement: unknown;
}

interface Blueprint {
  readonly id: string;
  readonly name: string;
  readonly builtIn: boolean;
  readonly items: readonly string[];
}

interface List<T> {
  readonly items: readonly T[];
}

const AT_ONCE = 8;

/**
 * What an admin would do: two items, two Blueprints, every Mac in one of them before it enrolls. Does what is missing
 * only, so a second start changes nothing and what somebody changed meanwhile stays.
 */
export const setUp = async (api: Api, scenario: Scenario, said: (line: string) => void): Promise<void> => {
  const items = (await api.send<List<Item>>('GET', '/api/library/items')).body.items;
  const blueprints = (await api.send<List<Blueprint>>('GET', '/api/blueprints')).body.items;
  const ids = { design: '', office: '' };
  for (const group of ['design', 'office'] as const) {
    const { enforcement, ...wanted } = ITEMS[group];
    const item =
      items.find(({ name }) => name === wanted.name) ??
      (await once<Item>(api, 'POST', '/api/library/items', wanted, `item ${group}`));
    if (item.enforcement === null || item.enforcement === undefined) await enforce(api, item.id, item.os, enforcement);
    const name = BLUEPRINTS[group];
    const blueprint =
      blueprints.find((found) => found.name === name) ??
      (await once<Blueprint>(api, 'POST', '/api/blueprints', { name }, `blueprint ${group}`));
    if (!blueprint.items.includes(item.id)) await assign(api, blueprint.id, item.id);
    ids[group] = blueprint.id;
  }
  const placed = await placedMacs(api, [
    ...blueprints.filter(({ builtIn }) => !builtIn).map(({ id }) => id),
    ids.design,
    ids.office,
  ]);
  const missing = scenario.macs.filter(({ deviceId }) => !placed.has(deviceId));
  if (missing.length > 0) said(`setting up: 2 items, 2 Blueprints, ${missing.length} Macs in them`);
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    const some = missing.slice(at, at + AT_ONCE);
    await Promise.all(
      some.map(({ group, deviceId }) => api.send('PUT', `/api/blueprints/${ids[group]}/devices/${deviceId}`)),
    );
  }
};

const enforce = async (api: Api, itemId: string, os: string, enforcement: unknown): Promise<void> => {
  const { body, etag } = await api.send<Item>('GET', `/api/library/items/${itemId}`);
  if (body.enforcement !== null && body.enforcement !== undefined) return;
  const revision = (etag ?? '').replaceAll('"', '');
  const previewed = await preview(api, { kind: 'enforcement', itemId, os, revision, enforcement });
  await api.send('PUT', `/api/library/items/${itemId}/enforcement`, enforcement, {
    'if-match': etag ?? '',
    ...previewed,
  });
};

const assign = async (api: Api, blueprintId: string, itemId: string): Promise<void> => {
  const previewed = await preview(api, { kind: 'assignment', blueprintId, itemId });
  await api.send('PUT', `/api/blueprints/${blueprintId}/items/${itemId}`, undefined, previewed);
};

/** Nobody is surprised by what happens to these Macs: whatever the preview says is confirmed. */
const preview = async (api: Api, change: object): Promise<Readonly<Record<string, string>>> => {
  const { body } = await api.send<{ readonly token: string; readonly affected: number }>(
    'POST',
    '/api/deadlines/preview',
    { ...change, limit: 0 },
  );
  return { 'preview-token': body.token, 'preview-confirm': String(body.affected) };
};

/** The same key each time: a repeat after a crash is answered with what the first one made. */
const once = async <T>(api: Api, method: string, path: string, body: unknown, what: string): Promise<T> =>
  (await api.send<T>(method, path, body, { 'idempotency-key': reactionId('main job', what) })).body;

const placedMacs = async (api: Api, blueprintIds: readonly string[]): Promise<ReadonlySet<string>> => {
  const members = await Promise.all(
    [...new Set(blueprintIds)].map((id) =>
      api.send<List<{ readonly deviceId: string }>>('GET', `/api/blueprints/${id}/devices`),
    ),
  );
  return new Set(members.flatMap(({ body }) => body.items.map(({ deviceId }) => deviceId)));
};
