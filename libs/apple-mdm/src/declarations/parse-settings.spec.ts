import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseUpdateSettings } from './parse-settings.js';
import { updateSettings } from './settings.js';

const parse = (payload: unknown) => parseUpdateSettings(Buffer.from(JSON.stringify(payload)));

const ALL = {
  Notifications: false,
  Deferrals: { MajorPeriodInDays: 90, MinorPeriodInDays: 14, SystemPeriodInDays: 1 },
  AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'Allowed', InstallSecurityUpdate: 'AlwaysOff' },
  RapidSecurityResponse: { Enable: true, EnableRollback: false },
  AllowStandardUserOSUpdates: true,
  Beta: { ProgramEnrollment: 'AlwaysOn', RequireProgram: { Description: 'macOS 27', Token: 'T' } },
};
const program = { Description: 'd', Token: 't' };

describe('software update settings that are written down', () => {
  it.each([
    ['all of them', ALL],
    ['none', {}],
    ['no beta programs', { Beta: { ProgramEnrollment: 'AlwaysOff' } }],
    ['beta programs to choose from', { Beta: { ProgramEnrollment: 'Allowed', OfferPrograms: [program] } }],
  ])('are declared as they were written: %s', (_, payload) => {
    const parsed = parse(payload);
    expect(parsed.ok && updateSettings('s', parsed.value, '15.4').payload).toEqual(payload);
  });

  it.each([
    ['a key that macOS does not have', { RecommendedCadence: 'All' }, '/RecommendedCadence'],
    ['one inside a group', { Deferrals: { CombinedPeriodInDays: 3 } }, '/Deferrals/CombinedPeriodInDays'],
    ['a name that every object has', { constructor: 1 }, '/constructor'],
    ['no object', [], ''],
    ['a group that is none', { Deferrals: 3 }, '/Deferrals'],
    ['a word for a flag', { Notifications: 'false' }, '/Notifications'],
    ['an unknown choice', { AutomaticActions: { Download: 'On' } }, '/AutomaticActions/Download'],
    ['91 days', { Deferrals: { MinorPeriodInDays: 91 } }, '/Deferrals/MinorPeriodInDays'],
    ['programs without saying who may', { Beta: { OfferPrograms: [program] } }, '/Beta'],
    ['a program for those who may not', { Beta: { ProgramEnrollment: 'AlwaysOff', OfferPrograms: [] } }, '/Beta'],
    [
      'one that is required and others offered',
      { Beta: { ProgramEnrollment: 'AlwaysOn', OfferPrograms: [program], RequireProgram: program } },
      '/Beta',
    ],
    [
      'a program without a token',
      { Beta: { ProgramEnrollment: 'Allowed', OfferPrograms: [program, { Description: 'd' }] } },
      '/Beta/OfferPrograms/1',
    ],
  ])('are refused with the place: %s', (_, payload, path) =>
    expect(parse(payload)).toMatchObject({ ok: false, refusal: { path, detail: expect.any(String) } }),
  );

  it('are refused when they are no JSON', () =>
    expect(parseUpdateSettings(Buffer.from('{'))).toMatchObject({ ok: false, refusal: { code: 'syntax' } }));

  it('are taken or refused, whatever they are, and never throw', () =>
    fc.assert(fc.property(fc.jsonValue(), (value) => typeof parse(value).ok === 'boolean')));
});
