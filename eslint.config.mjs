import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const CLOCK = 'Time comes from Clock (style: time is an argument).';
const restrictedSyntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: CLOCK },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Randomness is an argument.',
  },
  {
    selector: "CallExpression[callee.name='randomUUID'], CallExpression[callee.property.name='randomUUID']",
    message: 'Ids come from Ids.',
  },
  { selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate)$/]', message: CLOCK },
  {
    selector: "MemberExpression[object.name='process'][property.name='env']",
    message: 'Configuration is read in config.ts only.',
  },
  { selector: 'TSEnumDeclaration', message: 'No enums: string unions.' },
  { selector: 'ExportDefaultDeclaration', message: 'Exports are named.' },
  {
    selector: "CallExpression[callee.property.name=/^(fromObject|fromISO|local)$/][callee.object.name='DateTime']",
    message: "Luxon's constructors with a zone depend on today's date in an overlap; kernel/zoned.ts converts.",
  },
  {
    selector:
      "Decorator > CallExpression[callee.name=/^(Body|Query|Param)$/]:not(:has(NewExpression[callee.name='Parse']))",
    message: 'Nest finds no class without metadata: @Body(new Parse(Class)).',
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/coverage/**', '**/node_modules/**', '**/gen/**', '.nx/**', '.cache/**', '.local/**'] },
  {
    files: ['**/src/**/*.ts'],
    extends: [...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: {
        project: ['libs/*/tsconfig.spec.json', 'services/*/tsconfig.spec.json', 'tools/*/tsconfig.spec.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'no-restricted-syntax': ['error', ...restrictedSyntax],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: true,
          allow: [],
          depConstraints: [
            { sourceTag: 'type:kernel', onlyDependOnLibsWithTags: ['type:kernel'] },
            { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:kernel', 'type:contracts'] },
            {
              sourceTag: 'type:pure',
              onlyDependOnLibsWithTags: ['type:contracts', 'type:kernel'],
              bannedExternalImports: ['@nestjs/*', 'pg', 'kysely', '@nats-io/*', 'fastify', 'rxjs'],
            },
            { sourceTag: 'type:infra', onlyDependOnLibsWithTags: ['type:infra', 'type:contracts', 'type:kernel'] },
            {
              sourceTag: 'type:service',
              onlyDependOnLibsWithTags: ['type:infra', 'type:pure', 'type:contracts', 'type:kernel'],
            },
            {
              sourceTag: 'type:tool',
              onlyDependOnLibsWithTags: ['type:tool', 'type:infra', 'type:pure', 'type:contracts', 'type:kernel'],
            },
            ...['library', 'blueprints', 'releases', 'deadlines', 'progress', 'dispatcher', 'tools'].map((scope) => ({
              sourceTag: `scope:${scope}`,
              onlyDependOnLibsWithTags: ['scope:shared', `scope:${scope}`],
            })),
            { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
          ],
        },
      ],
    },
  },
  {
    files: ['libs/{enforcement,device-update,apple-mdm}/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'Pure libraries know no platform.' }] },
      ],
    },
  },
  {
    // The one place that reads the clock, and the ones that read the environment.
    files: [
      'libs/kernel/src/{clock,shared-clock,zoned}.ts',
      '**/config.ts',
      '**/*.spec.ts',
      '**/testing/**',
      'tools/*/src/main.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
