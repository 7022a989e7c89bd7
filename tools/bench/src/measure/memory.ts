const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576);

/** What this process held in memory at the beginning, at most, and at the end; in MB of resident memory. */
export const watchMemory = (): { look(): void; facts(): Readonly<Record<string, number>> } => {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  return {
    look,
    facts: () => {
      look();
      return {
        'MB before': megabytes(before),
        'MB at most': megabytes(most),
        'MB after': megabytes(process.memoryUsage.rss()),
      };
    },
  };
};
