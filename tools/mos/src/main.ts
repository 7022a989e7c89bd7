import { realTime } from '@managed-os/kernel';
import { connectApi } from './api.js';
import { commands } from './commands.js';
import { findConnection } from './config.js';
import { createOutput } from './output.js';
import { runProgram } from './program.js';

const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);
// Whoever reads has read enough, as `head` has: there is nobody left to say anything to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
const { address, token } = findConnection();
const width = process.stdout.columns || Infinity;
const live = process.stderr.isTTY;

process.exitCode = await runProgram(
  commands,
  process.argv.slice(2),
  (json) => ({
    api: connectApi(address, token),
    out: createOutput({ json, width, out, err, live }),
    real: realTime,
  }),
  { out, err },
);
