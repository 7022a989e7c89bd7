import { type Kysely, sql } from 'kysely';
import type { ProgressTables } from '../tables.js';
import type { ComplianceAnswer, ComplianceCounts } from './compliance.bodies.js';

interface Group {
  readonly blueprintId: string | null;
  readonly status: string;
  readonly silent: boolean;
  readonly devices: number;
  readonly overdue: number;
}

/** How many Macs of each Blueprint are where they should be; Macs that left are not counted. */
export const countCompliance = async (db: Kysely<ProgressTables>): Promise<ComplianceAnswer> => {
  const groups: readonly Group[] = await db
    .selectFrom('devices')
    .select([
      'blueprint_id as blueprintId',
      'status',
      sql<boolean>`unknown_since is not null`.as('silent'),
      sql<number>`count(*)::int`.as('devices'),
      sql<number>`count(*) filter (where overdue)::int`.as('overdue'),
    ])
    .where('enrolled', '=', true)
    .groupBy(['blueprint_id', 'status', sql`unknown_since is not null`])
    .orderBy('blueprint_id')
    .orderBy('status')
    .execute();
  const blueprints = [...new Set(groups.map(({ blueprintId }) => blueprintId))];
  return {
    ...counted(groups),
    items: blueprints.map((blueprintId) => ({
      blueprintId,
      ...counted(groups.filter((group) => group.blueprintId === blueprintId)),
    })),
  };
};

/** Pure: the counts of some groups. Silence is *unknown*, whatever was known before (X11). */
export const counted = (groups: readonly Group[]): ComplianceCounts => {
  const sum = (of: (group: Group) => boolean, what: 'devices' | 'overdue' = 'devices'): number =>
    groups.filter(of).reduce((total, group) => total + group[what], 0);
  const kind = (name: Kind) => (group: Group) => kindOf(group) === name;
  return {
    devices: sum(() => true),
    compliant: sum(kind('compliant')),
    owed: sum(kind('owed')),
    overdue: sum(() => true, 'overdue'),
    unknown: sum(kind('unknown')),
    notManaged: sum(kind('not_managed')),
    byStatus: Object.fromEntries(
      [...new Set(groups.map(({ status }) => status))].map((status) => [
        status,
        sum((group) => group.status === status),
      ]),
    ),
  };
};

type Kind = 'compliant' | 'owed' | 'unknown' | 'not_managed';

const KINDS: Readonly<Record<string, Kind>> = {
  compliant: 'compliant',
  above_required: 'compliant',
  due: 'owed',
  blocked: 'owed',
  incompatible: 'owed',
  not_managed: 'not_managed',
};

const kindOf = ({ status, silent }: Group): Kind => {
  const kind = KINDS[status] ?? 'unknown';
  return silent && kind !== 'not_managed' ? 'unknown' : kind;
};
