/** What one Mac sends when it connects. */
export interface Say {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request as it goes over the wire, byte for byte the same each time. */
export const requestOf = ({ headers, body }: Say): Buffer => {
  const head = Object.entries({ host: 'mdm', ...headers, 'content-length': String(Buffer.byteLength(body)) });
  return Buffer.from(
    `PUT /mdm/connect HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
};

/** Macs that nobody has enrolled, for servers that do not care: as long as real ones in header and body. */
export const strangers = (count: number): readonly Say[] =>
  Array.from({ length: count }, (_, index) => ({
    headers: {
      'content-type': 'application/x-apple-aspen-mdm; charset=UTF-8',
      'client-cert': `:${'MIIB'.repeat(117)}:`,
    },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n<key>UDID</key><string>00008103-${String(index).padStart(16, '0')}</string><key>Status</key><string>Idle</string>\n</dict>\n</plist>\n`,
  }));
