import { command } from '../command.js';

interface Timer {
  readonly deviceId: string;
  readonly purpose: string;
  readonly dueAt: string;
}

interface LateTimer extends Timer {
  readonly lateSeconds: number;
  readonly because: string | null;
}

const REASONS: Readonly<Record<string, string>> = {
  opened_late: 'its moment was past when it was set',
  server_down: 'nobody was there to fire it',
};

const lateness = (seconds: number): string =>
  seconds < 120
    ? `${seconds} s`
    : seconds < 7_200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3_600)} h`;

const query = (limit: string | undefined): string => (limit === undefined ? '' : `?limit=${encodeURIComponent(limit)}`);

export const timers = [
  command({
    name: 'timers list',
    summary: 'What falls due next, the earliest first.',
    example: 'mos timers --limit 50',
    options: { '--limit <count>': 'so many, 20 when left out' },
    async run({ limit }, { api, out }) {
      const { body } = await api.get<{ readonly items: readonly Timer[] }>(`/api/deadlines/timers${query(limit)}`);
      const rows = body.items.map(({ dueAt, purpose, deviceId }) => [dueAt, purpose, deviceId]);
      out.table(['Due', 'What', 'Mac'], rows, body);
      return 0;
    },
  }),
  command({
    name: 'timers late',
    summary: 'What fired late and why, the newest first.',
    example: 'mos timers late',
    options: { '--limit <count>': 'so many, 20 when left out' },
    async run({ limit }, { api, out }) {
      const path = `/api/deadlines/timers/late${query(limit)}`;
      const { body } = await api.get<{ readonly items: readonly LateTimer[] }>(path);
      const rows = body.items.map(({ dueAt, purpose, deviceId, lateSeconds, because }) => [
        ...[dueAt, purpose, lateness(lateSeconds)],
        ...[because === null ? 'it took that long' : (REASONS[because] ?? because), deviceId],
      ]);
      out.table(['Due', 'What', 'Late', 'Because', 'Mac'], rows, body);
      return 0;
    },
  }),
];
