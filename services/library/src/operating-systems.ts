import type { OsMajor } from '@managed-os/kernel';

/** The operating systems that can be managed, by major, with the names that people know them by (S55). */
export const OPERATING_SYSTEMS: Readonly<Record<OsMajor, string>> = {
  '10.13': 'macOS High Sierra',
  '10.14': 'macOS Mojave',
  '10.15': 'macOS Catalina',
  '11': 'macOS Big Sur',
  '12': 'macOS Monterey',
  '13': 'macOS Ventura',
  '14': 'macOS Sonoma',
  '15': 'macOS Sequoia',
  '26': 'macOS Tahoe',
  '27': 'macOS Golden Gate',
};

/** In the order in which they came. `Object.keys` would put `11` before `10.13`. */
export const MAJORS: readonly OsMajor[] = Object.keys(OPERATING_SYSTEMS).toSorted((a, b) => Number(a) - Number(b));

export const defaultNameOf = (os: OsMajor): string => OPERATING_SYSTEMS[os] ?? `macOS ${os}`;
