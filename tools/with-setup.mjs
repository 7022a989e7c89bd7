// node tools/with-setup.mjs <command> [arguments]
// Installs the dependencies when they are missing or not those of package-lock.json, then runs the command under the pinned Node.
// Needs nothing but the Node that is there (>= 20): it is the first thing that a fresh clone executes.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = path.join(root, 'node_modules', '.bin');
const windows = process.platform === 'win32';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : {});

/** npm writes node_modules/.package-lock.json last, so a half-finished installation counts as none; nor does one of which something is gone. */
const installed = () => {
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  const present = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  const fitsHere = ({ os, cpu }) => (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch));
  const ownOptional = new Set(
    Object.keys(wanted['']?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`),
  );
  return Object.entries(wanted).every(([where, entry]) => {
    if (where === '') return true;
    const found = present[where];
    if (found)
      return (
        found.version === entry.version && found.integrity === entry.integrity && existsSync(path.join(root, where))
      );
    return entry.optional === true && !(ownOptional.has(where) && fitsHere(entry));
  });
};

const install = () =>
  new Promise((resolve) => {
    console.error('setup: installing dependencies with npm ci, about a minute on the first run …');
    const began = Date.now();
    const beat = setInterval(
      () => console.error(`setup: still installing, ${Math.round((Date.now() - began) / 1000)} s …`),
      10_000,
    );
    const npm = spawn('npm', ['ci', '--loglevel=error', '--no-progress', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: windows,
    });
    // Asked politely, npm goes on for a minute, beside the installation that the next start begins.
    const callOff = () => {
      npm.kill('SIGKILL');
      console.error('setup: the installation was called off; the next start begins it anew');
    };
    for (const signal of SIGNALS) process.once(signal, callOff);
    npm.on('error', (error) => {
      clearInterval(beat);
      console.error(`setup: npm cannot be started: ${error.message}`);
      resolve(1);
    });
    npm.on('exit', (code) => {
      clearInterval(beat);
      for (const signal of SIGNALS) process.off(signal, callOff);
      if (code === 0) console.error(`setup: dependencies installed in ${Math.round((Date.now() - began) / 1000)} s`);
      resolve(code ?? 1);
    });
  });

/** The Node that the lockfile brings; npm 10 drops its link in node_modules/.bin, so it is looked up here. */
const pinnedNode = () => {
  const platform = windows ? 'win' : process.platform;
  return ['node-', 'node-bin-']
    .map((prefix) =>
      path.join(root, 'node_modules', `${prefix}${platform}-${process.arch}`, 'bin', windows ? 'node.exe' : 'node'),
    )
    .find((file) => existsSync(file) && spawnSync(file, ['--version']).status === 0);
};

const linkPinned = (pinned) => {
  if (windows) return;
  try {
    rmSync(path.join(bin, 'node'), { force: true });
    symlinkSync(path.relative(bin, pinned), path.join(bin, 'node'));
  } catch {
    // A second run does the same at the same time, or the checkout is read-only: PATH below leads to the binary anyway.
  }
};

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node tools/with-setup.mjs <command> [arguments]');
  process.exit(2);
}
if (!installed()) {
  const code = await install();
  if (code !== 0) process.exit(code);
}
const pinned = pinnedNode();
const node = pinned ?? process.execPath;
if (pinned && !existsSync(path.join(bin, 'node'))) linkPinned(pinned);
const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim();
const [major, minor] = version.split('.').map(Number);
if (major < 24 && !(major === 22 && minor >= 22)) {
  console.error(`setup: Node >= 22.22 needed, found ${version}`);
  process.exit(1);
}

const child = spawn(command, args, {
  cwd: root,
  stdio: 'inherit',
  shell: windows,
  env: {
    ...process.env,
    PATH: [path.dirname(node), bin, process.env.PATH].join(path.delimiter),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  },
});
child.on('error', (error) => {
  console.error(`setup: ${command} cannot be started: ${error.message}`);
  process.exit(127);
});
// A terminal's Ctrl-C reaches the child by itself; this process only has to outlive it.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
