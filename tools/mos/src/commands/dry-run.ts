import { readFile } from 'node:fs/promises';
import { ApiError } from '../api.js';
import { command } from '../command.js';

interface Report {
  readonly since: string;
  readonly until: string;
  readonly macs: number;
  readonly forced: readonly {
    readonly deviceId: string;
    readonly at: string;
    readonly version: string;
    readonly target: string;
    readonly mechanism: string;
  }[];
  readonly prevented: readonly {
    readonly deviceId: string;
    readonly at: string;
    readonly version: string;
    readonly reason: string;
  }[];
}

const policyIn = async (file: string): Promise<object> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ApiError(2, `${file} cannot be read`, { cause });
  });
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return policy;
  } catch (cause) {
    throw new ApiError(2, `${file} is no JSON`, { cause });
  }
  throw new ApiError(2, `${file} must hold an object: {"os": "12", "enforcement": {"mode": …}}`);
};

export const dryRun = command({
  name: 'dry-run',
  summary: 'Had this policy been on every Mac since then: who would have been forced when.',
  example: 'mos dry-run --policy policy.json --since 2022-01-01',
  required: {
    '--policy <file>': 'JSON: {"os": "12", "enforcement": {"mode": "automatic", …}}',
    '--since <date>': 'YYYY-MM-DD',
  },
  options: { '--until <date>': 'YYYY-MM-DD; now when left out' },
  async run({ policy = '', since, until }, { api, out }) {
    const asked = { ...(await policyIn(policy)), since, ...(until && { until }) };
    const { body } = await api.send<Report>('POST', '/api/deadlines/dry-run', asked);
    const { macs, forced, prevented } = body;
    const rows = [
      ...forced.map(({ at, deviceId, version, target, mechanism }) => [at, deviceId, version, target, mechanism]),
      ...prevented.map(({ at, deviceId, version, reason }) => [at, deviceId, version, '–', `not: ${reason}`]),
    ];
    out.table(
      ['At', 'Mac', 'Owed', 'Installed', 'How'],
      rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
      body,
    );
    const forcedMacs = new Set(forced.map(({ deviceId }) => deviceId)).size;
    out.line(`${forcedMacs} of ${macs} Macs would have been forced, ${forced.length} times in all`);
    return 0;
  },
});
