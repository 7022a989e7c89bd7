import { present, without } from './fields.js';

const value = { kept: 0, empty: null, absent: undefined };

describe('fields of plain data', () => {
  it('drops the absent ones and no others', () => {
    const left = present(value);
    expect(Object.keys(left)).toEqual(['kept', 'empty']);
    const optional: { kept: number; empty: null; absent?: string } = left;
    expect(optional).toEqual({ kept: 0, empty: null });
  });

  it('copies without some, and leaves the original alone', () => {
    expect(without(value, 'kept', 'absent')).toEqual({ empty: null });
    expect(Object.keys(value)).toHaveLength(3);
  });
});
