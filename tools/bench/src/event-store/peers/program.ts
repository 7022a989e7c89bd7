import { spawn } from 'node:child_process';
import { NotInstalled } from '../../contestant.js';

/** Runs a program on PATH to its end and answers what it wrote. Throws `NotInstalled`, and what it complained of. */
export const run = async (program: string, args: readonly string[], output: 'kept' | 'dropped'): Promise<string> => {
  const child = spawn(program, args, { stdio: ['ignore', output === 'kept' ? 'pipe' : 'ignore', 'pipe'] });
  let [said, complained] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (said += String(text)));
  child.stderr?.on('data', (text: Buffer) => (complained += String(text)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new NotInstalled(program)));
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complained}`);
  return said;
};
