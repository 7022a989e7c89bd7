import { describe, expect, it } from '@jest/globals';
import { enforcedReport, firstReport, reportBody } from '../testing/status-samples.js';
import { parseStatusReport } from './report.js';

const text = (body: string): Uint8Array => new TextEncoder().encode(body);

describe('a status report', () => {
  it('is what it says, unknown keys included', () => {
    const body = reportBody(firstReport, { Errors: [], FullReport: true, Novelty: 1 });
    expect(parseStatusReport(body)).toEqual({
      ok: true,
      value: {
        items: firstReport,
        full: true,
        errors: [],
        keys: { StatusItems: firstReport, Errors: [], FullReport: true, Novelty: 1 },
      },
    });
  });

  it('is a difference unless it says that it is full (trap 11: before macOS 14 none says)', () =>
    expect(parseStatusReport(reportBody(enforcedReport))).toMatchObject({ value: { full: false } }));

  it('names the items that cannot be reported, and why', () => {
    const error = {
      StatusItem: 'test.error-value',
      Reasons: [{ Code: 'Error.Unknown', Description: 'd', Details: { a: 1 } }, { Code: 'x' }, 7],
    };
    expect(parseStatusReport(reportBody({}, { Errors: [error, 'noise', {}] }))).toMatchObject({
      value: {
        errors: [
          {
            statusItem: 'test.error-value',
            reasons: [{ code: 'Error.Unknown', description: 'd', details: { a: 1 } }, { code: 'x' }],
          },
          { statusItem: '', reasons: [] },
        ],
      },
    });
  });

  it('without items or errors has none', () =>
    expect(parseStatusReport(text('{}'))).toMatchObject({ value: { items: {}, errors: [], full: false } }));

  it.each([
    ['[]', 'wrong-type', ''],
    ['null', 'wrong-type', ''],
    ['{"StatusItems":[]}', 'wrong-type', '/StatusItems'],
    ['{"StatusItems":{},"FullReport":"true"}', 'wrong-type', '/FullReport'],
    ['{"StatusItems":{},"Errors":{}}', 'wrong-type', '/Errors'],
    ['{"StatusItems":{"a":{"b/c":1e400}}}', 'value', '/StatusItems/a/b~1c'],
    ['{"StatusItems":', 'syntax', ''],
  ])('is refused with a place: %s', (body, code, path) =>
    expect(parseStatusReport(text(body))).toMatchObject({ ok: false, refusal: { code, path } }),
  );
});
