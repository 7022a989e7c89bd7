import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { appleSchemaFolder } from '../config.js';
import { compileSchema } from './compile.js';
import { FACTS_FILE, readFacts } from './facts.js';
import { printSchema } from './print.js';
import { type RawKey, readSources } from './sources.js';

const removed = {
  removedDeviceInformationQueries: ['Old'],
  removedProfiles: ['com.example'],
  deprecated: '26.0',
  removed: '27.0',
};
const compiled = (file: string, payloadkeys: readonly RawKey[], macOS = { introduced: '13.0' }) =>
  compileSchema({
    documents: [{ file, document: { payload: { requesttype: 'It', supportedOS: { macOS } }, payloadkeys } }],
    removed,
  });

describe('compiling Apple’s schema', () => {
  it('keeps what concerns macOS: types, what is needed, what is allowed and from when', () =>
    expect(
      compiled('declarative/protocol/it.yaml', [
        { key: 'A', type: '<string>', presence: 'required', rangelist: ['x'], format: '^x$' },
        { key: 'B', type: '<integer>', presence: 'optional', range: { min: 1, max: 9 } },
        { key: 'C', type: '<string>', supportedOS: { macOS: { introduced: 'n/a' } } },
        {
          key: 'D',
          type: '<array>',
          supportedOS: { macOS: { introduced: '14.0', supervised: true, devicechannel: false } },
          subkeys: [{ key: 'Item', type: '<dictionary>', subkeys: [{ key: 'E', type: '<data>' }] }],
        },
      ]).protocol['It'],
    ).toEqual({
      on: { introduced: '13.0' },
      keys: {
        A: { type: 'string', required: true, values: ['x'], format: '^x$' },
        B: { type: 'integer', range: [1, 9] },
        D: {
          type: 'array',
          on: { introduced: '14.0', supervised: true, deviceChannel: false },
          items: { type: 'dictionary', keys: { E: { type: 'data' } } },
        },
      },
    }));

  it('knows what later releases introduced and removed', () => {
    const settings = 'declarative/declarations/configurations/softwareupdate.settings.yaml';
    const beta = { key: 'Beta', type: '<string>', supportedOS: { macOS: { introduced: 'n/a' } } };
    expect(compiled(settings, [beta]).declarations['It']?.keys['Beta']).toEqual({
      type: 'string',
      on: { introduced: '15.4' },
    });
    const item = { key: 'QueriesItem', type: '<string>', subkeys: [{ key: 'Old', type: '<string>' }] };
    const queries = { key: 'Queries', type: '<array>', subkeys: [item] };
    expect(compiled('mdm/commands/information.device.yaml', [queries]).commands['It']?.keys['Queries']?.items).toEqual({
      type: 'string',
      choices: { Old: { deprecated: '26.0', removed: '27.0' } },
    });
    expect(compiled('mdm/profiles/com.example.yaml', []).profiles['It']?.on).toEqual({
      introduced: '13.0',
      deprecated: '26.0',
      removed: '27.0',
    });
  });

  it('refuses a shape that it does not know', () => {
    const two = {
      key: 'A',
      type: '<array>',
      subkeys: [
        { key: 'B', type: '<string>' },
        { key: 'C', type: '<string>' },
      ],
    };
    expect(() => compiled('other/it.yaml', [two])).toThrow('what are its items?');
    expect(() => compiled('other/it.yaml', [{ key: 'A', type: '<tuple>' }])).toThrow('<tuple>');
  });

  it('the committed facts are printed as they are compiled, with Apple’s notice beside them', () => {
    expect(printSchema(readFacts())).toBe(readFileSync(FACTS_FILE, 'utf8'));
    expect(readFileSync(new URL('./facts.LICENSE.txt', FACTS_FILE), 'utf8')).toContain(
      'Copyright © 2022-2024 Apple Inc.',
    );
  });
});

const folder = appleSchemaFolder();
const withSchema = folder === undefined ? describe.skip : describe;
withSchema('Apple’s schema (skipped without it: MOS_APPLE_SCHEMA=<folder>)', () => {
  it('gives the committed facts, byte for byte', () =>
    expect(printSchema(compileSchema(readSources(folder ?? '')))).toBe(readFileSync(FACTS_FILE, 'utf8')));
});

if (folder === undefined)
  console.warn('the facts are not compared with their source: MOS_APPLE_SCHEMA=<folder> is not set');
