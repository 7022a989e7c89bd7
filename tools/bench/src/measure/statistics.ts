const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

/** The value that so large a part (0 to 1) of the values does not exceed; NaN of none. */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
};

/** The middle one, or the mean of the two in the middle; NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN];
  return (low + high) / 2;
};

/** How far apart the values are: the largest distance from the median, as a part of it. */
export const spread = (values: readonly number[]): number => {
  const middle = median(values);
  return Math.max(...values.map((value) => Math.abs(value - middle))) / middle;
};
