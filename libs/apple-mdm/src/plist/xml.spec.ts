import { describe, expect, it } from '@jest/globals';
import { parsePlist, PLIST_LIMITS } from './parse.js';
import type { PlistValue } from './value.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (inner: string) => parsePlist(bytes(`<?xml version="1.0"?><plist version="1.0">${inner}</plist>`));
const refusal = (body: string | Uint8Array) => {
  const parsed = parsePlist(typeof body === 'string' ? bytes(body) : body);
  return parsed.ok ? parsed : { code: parsed.refusal.code, path: parsed.refusal.path };
};

describe('what an XML property list says', () => {
  it.each<[string, PlistValue]>([
    ['<string>a</string>', 'a'],
    ['<string/>', ''],
    ['<string></string>', ''],
    ['<string> kept \n as is </string>', ' kept \n as is '],
    ['<string>&lt;&amp;&gt;&quot;&apos;</string>', `<&>"'`],
    ['<string>&#34;&#x1F34F;&#xA;</string>', '"🍏\n'],
    ['<string>one\r\ntwo\rthree</string>', 'one\ntwo\nthree'],
    ['<string>a<![CDATA[<b>&amp;]]>c</string>', 'a<b>&amp;c'],
    ['<string>a<!-- not this -->b</string>', 'ab'],
    ['<string>a\0b</string>', 'a\uFFFDb'],
    ['<integer>-42</integer>', -42n],
    ['<integer> 18446744073709551615 </integer>', 18446744073709551615n],
    ['<integer>+7</integer>', 7n],
    ['<real>0.1</real>', 0.1],
    ['<real>1</real>', 1],
    ['<real>-2.5e-3</real>', -0.0025],
    ['<real>nan</real>', NaN],
    ['<real>-infinity</real>', -Infinity],
    ['<true/>', true],
    ['<false></false>', false],
    ['<data>\n\tAAEC\n\tAw==\n</data>', Uint8Array.of(0, 1, 2, 3)],
    ['<data/>', new Uint8Array()],
    ['<date>2022-09-10T06:00:00Z</date>', { date: '2022-09-10T06:00:00.000Z' } as PlistValue],
    ['<array/>', []],
    ['<array> <true/> <!-- and --> <string>b</string></array>', [true, 'b']],
    ['<dict/>', new Map()],
    ['<dict ><key>a</key >\n<dict><key/><array/></dict></dict>', new Map([['a', new Map([['', []]])]])],
    ['<dict><key>__proto__</key><true/></dict>', new Map([['__proto__', true]])],
  ])('%s', (inner, value) => expect(parse(inner)).toEqual({ ok: true, value }));

  it('starts with a byte order mark, a declaration, a document type, or none of them', () => {
    const doctype =
      '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
    for (const head of [
      '\uFEFF',
      '<?xml version="1.0" encoding="utf-8"?>\n',
      ` <!-- x -->${doctype}\n<!-- y -->`,
      '',
    ]) {
      expect(parsePlist(bytes(`${head}<plist><true/></plist>\n`))).toEqual({ ok: true, value: true });
    }
  });
});

describe('what is refused, with its place', () => {
  it.each([
    ['', 'syntax', ''],
    ['hello', 'syntax', ''],
    ['{"Status":"Idle"}', 'syntax', ''],
    ['<plist>', 'syntax', ''],
    ['<plist/>', 'syntax', ''],
    ['<plist></plist>', 'syntax', ''],
    ['<plist><true/><true/></plist>', 'syntax', ''],
    ['<plist><true/></plist>more', 'syntax', ''],
    ['<dict></dict>', 'syntax', ''],
    ['<plist><string>open', 'syntax', ''],
    ['<plist><string>a<b/></string></plist>', 'syntax', ''],
    ['<plist><string lang="en">a</string></plist>', 'syntax', ''],
    ['<plist><dict><string>a</string></dict></plist>', 'syntax', ''],
    ['<plist><dict><key>a</key></dict></plist>', 'syntax', '/a'],
    ['<plist><dict>text<key>a</key><true/></dict></plist>', 'syntax', ''],
    ['<plist><dict><key>a</key><array><true/><null/></array></dict></plist>', 'syntax', '/a/1'],
    ['<plist><dict><key>a/b~</key><integer>x</integer></dict></plist>', 'value', '/a~1b~0'],
    ['<plist><dict><key>a</key><true/><key>a</key><false/></dict></plist>', 'duplicate-key', ''],
    ['<plist><integer>1.5</integer></plist>', 'value', ''],
    ['<plist><integer/></plist>', 'value', ''],
    [`<plist><integer>${'9'.repeat(40)}</integer></plist>`, 'value', ''],
    ['<plist><real>1,5</real></plist>', 'value', ''],
    ['<plist><real>0x10</real></plist>', 'value', ''],
    ['<plist><data>AAE</data></plist>', 'value', ''],
    ['<plist><data>A*==</data></plist>', 'value', ''],
    ['<plist><date>2022-02-30T00:00:00Z</date></plist>', 'value', ''],
    ['<plist><date>2022-02-03</date></plist>', 'value', ''],
    ['<plist><date>2022-02-03T24:00:00Z</date></plist>', 'value', ''],
    ['<plist><string>&nbsp;</string></plist>', 'entity', ''],
    ['<plist><string>&amp</string></plist>', 'entity', ''],
    ['<plist><string>&#0;</string></plist>', 'entity', ''],
    ['<plist><string>&#xD800;</string></plist>', 'entity', ''],
    ['<plist><string>&constructor;</string></plist>', 'entity', ''],
    ['<!DOCTYPE plist [<!ENTITY a "b">]><plist><string>&a;</string></plist>', 'entity', ''],
    ['<?xml version="1.0" encoding="UTF-16"?><plist><true/></plist>', 'encoding', ''],
    [`<plist>${'<array>'.repeat(40)}`, 'too-deep', '/0'.repeat(33)],
    ['<?php system() ?><plist><true/></plist>', 'syntax', ''],
  ])('%s', (body, code, path) => expect(refusal(body)).toEqual({ code, path }));

  it('bytes that are not UTF-8', () =>
    expect(refusal(Uint8Array.of(...bytes('<plist><string>'), 0xff, 0xfe))).toEqual({ code: 'encoding', path: '' }));

  it('a body over the limit, before it is read', () =>
    expect(refusal(new Uint8Array(PLIST_LIMITS.maxBytes + 1))).toEqual({ code: 'too-large', path: '' }));

  it('with the offset at which reading stopped', () =>
    expect(parsePlist(bytes('<plist><array><wrong/></array></plist>'))).toMatchObject({ refusal: { offset: 14 } }));
});
