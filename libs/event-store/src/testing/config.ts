/** The PostgreSQL server of this test run, as superuser. Throws one clear line when there is none. */
export const testDatabaseUrl = (): string => {
  const url = process.env.TEST_DATABASE_URL;
  if (!url)
    throw new Error('TEST_DATABASE_URL is not set: run through npm test, or node tools/with-infra.mjs <command>');
  return url;
};
