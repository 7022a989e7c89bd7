import { reactionId } from '@managed-os/kernel';
import type { Api } from './api.js';
import type { Scenario, ScenarioGroup } from './scenario.js';
import type { Staging } from './staging.js';

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
 * What an admin would do: items, Blueprints, every Mac in one of them before it enrolls. Does what is missing only, so a
 * second start changes nothing and what somebody changed meanwhile stays. Answers the ids of what there is.
 */
export const setUp = async (api: Api, { scenario, macs }: Staging, said: (line: string) => void): Promise<SetUp> => {
  const itemIds = await setUpItems(api, scenario);
  const blueprintIds = await setUpBlueprints(api, scenario, itemIds);
  const placed = await placedMacs(api);
  const missing = macs.filter(({ deviceId }) => !placed.has(deviceId));
  const [items, groups] = [itemIds.size, blueprintIds.size];
  if (missing.length > 0) said(`setting up: ${items} items, ${groups} Blueprints, ${missing.length} Macs in them`);
  for (let from = 0; from < missing.length; from += AT_ONCE) {
    const some = missing.slice(from, from + AT_ONCE);
    await Promise.all(
      some.map(({ group, deviceId }) =>
        api.send('PUT', `/api/blueprints/${blueprintIds.get(group)}/devices/${deviceId}`),
      ),
    );
  }
  return { itemIds, blueprintIds };
};

/** By the scenario's keys. */
type Ids = ReadonlyMap<string, string>;

export interface SetUp {
  readonly itemIds: Ids;
  readonly blueprintIds: Ids;
}

const setUpItems = async (api: Api, { name: scenario, items }: Scenario): Promise<Ids> => {
  const there = (await api.send<List<Item>>('GET', '/api/library/items')).body.items;
  const ids = new Map<string, string>();
  for (const [key, { enforcement, ...wanted }] of Object.entries(items)) {
    const item =
      there.find(({ name }) => name === wanted.name) ??
      (await once<Item>(api, scenario, '/api/library/items', wanted, `item ${key}`));
    if (item.enforcement === null || item.enforcement === undefined) await enforce(api, item, enforcement);
    ids.set(key, item.id);
  }
  return ids;
};

const setUpBlueprints = async (api: Api, { name: scenario, groups }: Scenario, itemIds: Ids): Promise<Ids> => {
  const there = await blueprintsOf(api);
  const ids = new Map<string, string>();
  for (const [key, group] of Object.entries(groups)) {
    const name = group.blueprint;
    const blueprint =
      there.find((found) => found.name === name) ??
      (await once<Blueprint>(api, scenario, '/api/blueprints', { name }, `blueprint ${key}`));
    for (const itemId of itemsOf(group, itemIds)) {
      if (!blueprint.items.includes(itemId)) await assign(api, blueprint.id, itemId);
    }
    ids.set(key, blueprint.id);
  }
  return ids;
};

const itemsOf = ({ items }: ScenarioGroup, ids: Ids): readonly string[] => items.flatMap((key) => ids.get(key) ?? []);

const blueprintsOf = async (api: Api): Promise<readonly Blueprint[]> =>
  (await api.send<List<Blueprint>>('GET', '/api/blueprints')).body.items;

const enforce = async (api: Api, item: Pick<Item, 'id' | 'os'>, enforcement: object): Promise<void> => {
  const { body } = await api.send<Item>('GET', `/api/library/items/${item.id}`);
  if (body.enforcement === null || body.enforcement === undefined) await configure(api, item, enforcement);
};

/** Saves what an item enforces, whatever it is now. */
export const configure = async (
  api: Api,
  { id: itemId, os }: Pick<Item, 'id' | 'os'>,
  enforcement: object,
): Promise<void> => {
  const { etag = '' } = await api.send<Item>('GET', `/api/library/items/${itemId}`);
  const revision = etag.replaceAll('"', '');
  const previewed = await preview(api, { kind: 'enforcement', itemId, os, revision, enforcement });
  await api.send('PUT', `/api/library/items/${itemId}/enforcement`, enforcement, { 'if-match': etag, ...previewed });
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
const once = async <T>(api: Api, scenario: string, path: string, body: unknown, what: string): Promise<T> =>
  (await api.send<T>('POST', path, body, { 'idempotency-key': reactionId(scenario, what) })).body;

/** Everybody whom somebody has put into a Blueprint; the one for all others is built in. */
const placedMacs = async (api: Api): Promise<ReadonlySet<string>> => {
  const chosen = (await blueprintsOf(api)).filter(({ builtIn }) => !builtIn);
  const members = await Promise.all(
    chosen.map(({ id }) => api.send<List<{ readonly deviceId: string }>>('GET', `/api/blueprints/${id}/devices`)),
  );
  return new Set(members.flatMap(({ body }) => body.items.map(({ deviceId }) => deviceId)));
};
