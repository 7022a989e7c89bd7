import { readFile } from 'node:fs/promises';
import { SharedClock, SystemClock } from '@managed-os/kernel';
import { Command, InvalidArgumentError } from 'commander';
import { parseFleet } from './parse-fleet.js';
import { resizeFleet } from './resize-fleet.js';
import { startFleet } from './start-fleet.js';

interface Options {
  readonly fleet: string;
  readonly server: string;
  readonly ca?: string;
  readonly sign: boolean;
  readonly clock?: string;
  readonly state: string;
  readonly pushPort: number;
  readonly pushHost: string;
  readonly macs?: number;
  readonly verbose: boolean;
}

const whole = (text: string): number => {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
};

const command = new Command('virtual-mac')
  .description('Macs that speak real MDM: they enroll, take commands, download, restart and come back.')
  .requiredOption('--fleet <file>', 'fleet file (JSON)')
  .requiredOption('--server <url>', 'the MDM server; /mdm/checkin and /mdm/connect are below it')
  .option('--ca <url>', 'where certificates come from (PKCS#10 in, certificate and ca out)')
  .option('--sign', 'sign every message (Mdm-Signature) instead of showing the certificate', false)
  .option('--clock <url>', 'the shared clock; without it, real time')
  .requiredOption('--state <folder>', "the Macs' memory")
  .option('--push-port <port>', 'where pushes arrive; 0 is any free port', whole, 0)
  .option('--push-host <host>', 'address of that port', '127.0.0.1')
  .option('--macs <n>', 'that many Macs: the first of the file, or copies beyond its number', whole)
  .option('--verbose', 'a line per notable thing', false);

const main = async (options: Options): Promise<void> => {
  const file: unknown = JSON.parse(await readFile(options.fleet, 'utf8'));
  const fleet = parseFleet(options.macs === undefined ? file : resizeFleet(file, options.macs));
  const clock = options.clock === undefined ? new SystemClock() : await SharedClock.connect(options.clock);
  const say = (line: string): void => console.log(`${clock.now()} ${line}`);
  const running = await startFleet({
    fleet,
    server: options.server,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    proof: options.sign ? 'signature' : 'certificate',
    clock,
    stateDir: options.state,
    pushPort: options.pushPort,
    pushHost: options.pushHost,
    ...(options.verbose ? { log: say } : {}),
  });
  console.log(`${fleet.macs.length} Macs, pushes at http://${options.pushHost}:${running.pushPort}`);
  const asked = new Promise<void>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  try {
    await Promise.race([asked, running.broken]);
  } finally {
    await running.stop();
    if (clock instanceof SharedClock) clock.close();
  }
};

main(command.parse().opts<Options>()).catch((error: unknown) => {
  const because = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  console.error(error instanceof Error ? `${error.message}${because}` : error);
  process.exitCode = 1;
});
