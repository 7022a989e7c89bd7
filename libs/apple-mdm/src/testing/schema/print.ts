import { GROUPS, type Schema } from './facts.js';

/** The facts as text: the same for the same facts, one line per message, so that a change reads well. */
export const printSchema = (schema: Schema): string => {
  const groups = GROUPS.map((group) => {
    const lines = Object.entries(schema[group]).map(
      ([name, message]) => `    ${JSON.stringify(name)}: ${JSON.stringify(message)}`,
    );
    return `  ${JSON.stringify(group)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n${groups.join(',\n')}\n}\n`;
};
