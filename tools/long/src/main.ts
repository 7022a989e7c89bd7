import { readChoices } from './config.js';
import { runs } from './runs.js';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
const say = (line: string): void => console.log(line);

const asked = readChoices(process.argv.slice(2), runs);
for (const run of asked.runs) {
  if (asked.runs.length > 1) say(`\n${run.name}: ${run.summary}`);
  if (ending.signal.aborted) break;
  const code = await run.run(asked.choices, say, ending.signal);
  process.exitCode = Math.max(Number(process.exitCode ?? 0), code);
}
