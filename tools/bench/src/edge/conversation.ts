import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rehearse } from '@managed-os/local/rehearsal';
import { inherited } from '../config.js';
import type { Open } from '../contestant.js';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

/** The main job with `load.events` virtual Macs, from their enrollment to their new version, on a whole system of its own. */
export const openConversation: Open = (_, { events: macs }) =>
  Promise.resolve({
    async round() {
      const stateDir = mkdtempSync(path.join(tmpdir(), 'managed-os-conversation-'));
      // As root, PostgreSQL runs as another user, who has to get through here.
      chmodSync(stateDir, 0o755);
      try {
        const {
          good,
          macs: counted,
          minutes,
          commands,
          pushes,
          steps,
        } = await rehearse({
          ...{ macs, stateDir, root: ROOT, environment: inherited() },
          ...{ say: ignore, progress: ignore, ending: new AbortController().signal },
        });
        if (!good) throw new Error('not every Mac that can be there is there with exactly one install');
        return {
          count: counted.length,
          millis: minutes * 60_000,
          facts: { commands, pushes, steps: steps.asked, onward: steps.onward },
        };
      } finally {
        rmSync(stateDir, { recursive: true, force: true });
      }
    },
    close: () => Promise.resolve(),
  });

const ignore = (): void => undefined;
