import path from 'node:path';
import { realTime } from '@managed-os/kernel';
import { rehearse } from '@managed-os/local/rehearsal';
import { environment } from '../config.js';
import { openFolder } from '../folder.js';
import type { Run } from '../run.js';
import { judge } from './judge.js';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const SAY_MS = 5_000;

export const edge: Run = {
  name: 'edge',
  summary: 'virtual Macs (--macs) through a whole update on the whole system, at simulated time',
  async run({ macs }, say, ending) {
    const folder = await openFolder();
    let isKept = true;
    let told = -SAY_MS;
    const progress = (line: string): void => {
      const now = realTime.elapsed();
      if (now - told < SAY_MS) return;
      told = now;
      say(`… ${line}`);
    };
    try {
      const rehearsal = await rehearse({
        ...{ macs, stateDir: path.join(folder.path, 'state'), root: ROOT, environment: environment() },
        ...{ say, progress, ending },
      });
      const { lines, broken } = judge(rehearsal);
      lines.forEach(say);
      isKept = broken.length > 0;
    } finally {
      folder.close(isKept && !ending.aborted);
      if (isKept && !ending.aborted) say(`logs and data are kept in ${folder.path}`);
    }
    return isKept ? 1 : 0;
  },
};
