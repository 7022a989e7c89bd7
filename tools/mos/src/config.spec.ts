import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findConnection } from './config.js';

describe('where mos finds the system', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'managed-os-mos-'));
  const left = { address: 'http://127.0.0.1:8090', token: 'left by npm start' };
  beforeAll(() => writeFileSync(path.join(folder, 'system.json'), JSON.stringify(left)));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['what npm start left', {}, left],
    ['an address of one’s own', { MOS_URL: 'http://mdm.example' }, { ...left, address: 'http://mdm.example' }],
    ['a token of one’s own', { MOS_TOKEN: 'mine' }, { ...left, token: 'mine' }],
    ['empty variables, which count as not set', { MOS_URL: '', MOS_TOKEN: '' }, left],
  ])('%s', (_, given, found) => {
    expect(findConnection({ MOS_STATE_DIR: folder, ...given })).toEqual(found);
  });

  it('takes a folder that is not absolute from the checkout, as npm start does', () => {
    const fromCheckout = path.relative(path.resolve(import.meta.dirname, '../../..'), folder);
    expect(findConnection({ MOS_STATE_DIR: fromCheckout })).toEqual(left);
  });

  it('looks on this machine where nothing was left', () => {
    expect(findConnection({ MOS_STATE_DIR: path.join(folder, 'none') })).toEqual({
      address: 'http://127.0.0.1:8080',
      token: '',
    });
  });
});
