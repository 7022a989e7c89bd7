import { present } from '@managed-os/kernel';
import { parseJson } from '../json/parse.js';
import { isArray, isObject, type Json } from '../json/value.js';
import { type Parsed, parsing, type Path, pointer, Refused } from '../plist/refusal.js';
import type { BetaProgram, BetaSettings, Choice, UpdateSettings } from './settings.js';

/**
 * Settings as an admin writes them down: the payload of Apple's `softwareupdate.settings`, in Apple's own keys. Total. A key
 * that macOS does not have is refused with its place, because macOS would refuse all of them for it.
 */
export const parseUpdateSettings = (text: Uint8Array): Parsed<UpdateSettings> => {
  const parsed = parseJson(text);
  return parsed.ok ? parsing(() => group(settings)(parsed.value, [])) : parsed;
};

type Read<T> = (value: Json, path: Path) => T;

/** The members of a group, each read at most once; what is left at the end is unknown. */
type Member = <T>(key: string, read: Read<T>) => T | undefined;

const settings = (member: Member): UpdateSettings =>
  present({
    notifications: member('Notifications', flag),
    deferrals: member('Deferrals', group(deferrals)),
    automaticActions: member('AutomaticActions', group(automaticActions)),
    backgroundSecurityImprovements: member('RapidSecurityResponse', group(improvements)),
    allowStandardUserOsUpdates: member('AllowStandardUserOSUpdates', flag),
    beta: member('Beta', group(beta)),
  });

const deferrals = (member: Member): NonNullable<UpdateSettings['deferrals']> =>
  present({
    major: member('MajorPeriodInDays', days),
    minor: member('MinorPeriodInDays', days),
    system: member('SystemPeriodInDays', days),
  });

const automaticActions = (member: Member): NonNullable<UpdateSettings['automaticActions']> =>
  present({
    download: member('Download', choice),
    installOsUpdates: member('InstallOSUpdates', choice),
    installSecurityUpdates: member('InstallSecurityUpdate', choice),
  });

const improvements = (member: Member): NonNullable<UpdateSettings['backgroundSecurityImprovements']> =>
  present({ enable: member('Enable', flag), enableRollback: member('EnableRollback', flag) });

const beta = (member: Member, path: Path): BetaSettings => {
  const enrollment = member('ProgramEnrollment', choice);
  const [offer, require] = [member('OfferPrograms', programs), member('RequireProgram', program)];
  if (enrollment === 'AlwaysOn' && require && !offer) return { enrollment, require };
  if (require) return refuse(path, 'RequireProgram goes with ProgramEnrollment AlwaysOn, and without OfferPrograms');
  if (enrollment === 'Allowed' || enrollment === 'AlwaysOn') return present({ enrollment, offer });
  if (enrollment === 'AlwaysOff' && !offer) return { enrollment };
  return refuse(path, 'needs ProgramEnrollment: Allowed, AlwaysOn, or AlwaysOff without programs');
};

const flag: Read<boolean> = (value, path) => (typeof value === 'boolean' ? value : refuse(path, 'not true or false'));

const text: Read<string> = (value, path) => (typeof value === 'string' ? value : refuse(path, 'not a text'));

const days: Read<number> = (value, path) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 90
    ? value
    : refuse(path, 'not a whole number of 1 to 90 days');

const choice: Read<Choice> = (value, path) =>
  value === 'Allowed' || value === 'AlwaysOn' || value === 'AlwaysOff'
    ? value
    : refuse(path, 'not Allowed, AlwaysOn or AlwaysOff');

const programs: Read<readonly BetaProgram[]> = (value, path) =>
  isArray(value) ? value.map((item, index) => program(item, [...path, index])) : refuse(path, 'not a list of programs');

const program: Read<BetaProgram> = (value, path) =>
  group((member) => ({
    description: member('Description', text) ?? refuse(path, 'has no Description'),
    token: member('Token', text) ?? refuse(path, 'has no Token'),
  }))(value, path);

const group =
  <T>(read: (member: Member, path: Path) => T): Read<T> =>
  (value, path) => {
    if (!isObject(value)) return refuse(path, 'not a group of settings');
    const left = new Set(Object.keys(value));
    const result = read((key, readMember) => {
      const found = left.delete(key) ? value[key] : undefined;
      return found === undefined ? undefined : readMember(found, [...path, key]);
    }, path);
    for (const key of left) refuse([...path, key], 'macOS has no such setting');
    return result;
  };

const refuse = (path: Path, detail: string): never => {
  throw new Refused({ code: 'value', path: pointer(path), detail });
};
