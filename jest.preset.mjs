import { swcOptions } from './tools/swc-options.mjs';

/** Jest runs the TypeScript sources as ES modules by the same options of SWC as production does. */
export default {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@managed-os/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  // End-to-end tests want the machine for themselves: `npm run e2e` of their project, last in `npm test`.
  testPathIgnorePatterns: ['/node_modules/', '\\.e2e\\.spec\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  maxWorkers: 1,
  workerIdleMemoryLimit: '512MB',
  testTimeout: 30_000,
  setupFiles: ['reflect-metadata'],
  transform: { '^.+\\.ts$': ['@swc/jest', swcOptions] },
};
