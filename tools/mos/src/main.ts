import { once } from 'node:events';
import { realTime } from '@managed-os/kernel';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { findConnection } from './config.js';
import { createOutput } from './output.js';
import { runProgram } from './program.js';

const { stdout, stderr } = process;
const out = async (text: string): Promise<void> => {
  if (!stdout.write(text)) await once(stdout, 'drain');
};
const err = (text: string): void => void stderr.write(text);

// Whoever reads the answer may have seen enough: `mos store events updates | head`.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runProgram(
  commands,
  process.argv.slice(2),
  (json) => ({
    // Only what asks the system has to know where it is.
    get api() {
      const { address, token } = findConnection();
      return connectApi(address, token);
    },
    get input() {
      return { terminal: Boolean(process.stdin.isTTY), chunks: process.stdin };
    },
    out: createOutput({ json, width: stdout.columns || Infinity, out, err, live: stderr.isTTY }),
    real: realTime,
  }),
  { out, err },
);
