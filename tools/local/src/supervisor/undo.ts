/** Takes steps back, the last one first; one that fails keeps none of the others from being taken. Throws the first error then. */
export const undoAll = async (steps: readonly (() => Promise<unknown> | void)[]): Promise<void> => {
  const errors: unknown[] = [];
  for (const undo of steps.toReversed()) {
    try {
      await undo();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
};
