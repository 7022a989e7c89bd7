/**
 * The same database with these settings for every session: they become part of the URL's `options`, after what the URL
 * itself asks for.
 */
export const withSettings = (databaseUrl: string, settings: Readonly<Record<string, string | number>>): string => {
  const url = new URL(databaseUrl);
  const escaped = (value: string | number): string => String(value).replaceAll(/[\\ ]/g, '\\$&');
  const ours = Object.entries(settings).map(([name, value]) => `-c ${name}=${escaped(value)}`);
  const options = [url.searchParams.get('options') ?? '', ...ours].filter((option) => option !== '').join(' ');
  url.searchParams.delete('options');
  // Not through searchParams: it writes a blank as `+`, which libpq's format does not know.
  const rest = url.searchParams.toString();
  url.search = [rest, `options=${encodeURIComponent(options)}`].filter((part) => part !== '').join('&');
  return url.toString();
};

/** A name of ours as it stands in SQL. Throws for names that would need care everywhere else. */
export const identifier = (name: string): string => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) throw new RangeError(`not a name for a schema or role: ${name}`);
  return `"${name}"`;
};
