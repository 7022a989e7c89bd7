import { defaultNameOf, MAJORS } from './operating-systems.js';

describe('S55 the operating systems to choose from', () => {
  it('are the ten majors in the order in which they came', () =>
    expect(MAJORS).toEqual(['10.13', '10.14', '10.15', '11', '12', '13', '14', '15', '26', '27']));
  it('have the names that people know', () => expect(defaultNameOf('12')).toBe('macOS Monterey'));
});
