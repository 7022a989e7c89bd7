import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { identifier, withSettings } from './connection.js';

describe('connection settings', () => {
  it('stand in the URL behind what it asks for itself, where PostgreSQL and its clients read them', () => {
    const url = withSettings('postgres://u:p%40@h:5433/d?application_name=x&options=-c%20jit%3Doff', {
      search_path: 'library',
      timezone: 'a b',
    });
    const client = new pg.Client({ connectionString: url });
    expect([client.user, client.password, client.host, client.port, client.database]).toEqual([
      'u',
      'p@',
      'h',
      5433,
      'd',
    ]);
    expect(new URL(url).search).not.toContain('+');
    expect(new URL(url).searchParams.get('options')).toBe('-c jit=off -c search_path=library -c timezone=a\\ b');
    expect(new URL(url).searchParams.get('application_name')).toBe('x');
  });

  it('names of schemas and roles need no care', () => {
    expect(identifier('library')).toBe('"library"');
    for (const name of ['', 'Library', 'a"b', 'a-b', '1a', 'x'.repeat(64)])
      expect(() => identifier(name)).toThrow(RangeError);
  });
});
