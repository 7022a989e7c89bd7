import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

/**
 * The contract of another day: today's proto files with some changed or added, through the real compiler. Answers the
 * messages by their full type; throws what the compiler complains of.
 */
export const compileContract = (
  changes: Readonly<Record<string, (today: string) => string>>,
): ((type: string) => DescMessage) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-contract-'));
  try {
    cpSync(path.join(ROOT, 'proto'), folder, { recursive: true });
    for (const [file, change] of Object.entries(changes)) {
      const target = path.join(folder, file);
      const today = existsSync(target) ? readFileSync(target, 'utf8') : '';
      const tomorrow = change(today);
      if (tomorrow === today) throw new RangeError(`${file} does not change`);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, tomorrow);
    }
    const image = path.join(folder, 'contract.binpb');
    const buf = path.join(ROOT, 'node_modules', '.bin', 'buf');
    const { status, stderr } = spawnSync(buf, ['build', folder, '-o', image], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`buf build: ${stderr}`);
    const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image)));
    return (type) => {
      const schema = registry.getMessage(type);
      if (!schema) throw new RangeError(`no message is called ${type}`);
      return schema;
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
