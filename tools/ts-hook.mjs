// node --import ./tools/ts-hook.mjs src/main.ts
// Runs TypeScript sources through SWC: no build, no type check. Packages of this repository resolve to their sources.
import { registerHooks } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { swcOptions } from './swc-options.mjs';

const SOURCE = '@managed-os/source';

registerHooks({
  resolve(specifier, context, next) {
    if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
      const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
      if (existsSync(url)) return { url: url.href, format: 'module', shortCircuit: true };
    }
    if (!specifier.startsWith('@managed-os/') || context.conditions.includes(SOURCE)) return next(specifier, context);
    return next(specifier, { ...context, conditions: [SOURCE, ...context.conditions] });
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), { ...swcOptions, filename, configFile: false });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
