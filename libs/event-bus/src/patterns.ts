/** Whether a subject is one of those that a pattern (`*`: one token, a last `>`: the rest) stands for. */
export const matches = (pattern: string, subject: string): boolean => {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  const fits = wanted.every((token, i) => i < tokens.length && (token === '*' || token === '>' || token === tokens[i]));
  return fits && (wanted.at(-1) === '>' || wanted.length === tokens.length);
};

/** Whether some subject is matched by both. */
export const overlap = (a: string, b: string): boolean => {
  const [x, y] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [s, t] = [x[i], y[i]];
    if (s === undefined || t === undefined) return false;
    if (s === '>' || t === '>') return true;
    if (s !== t && s !== '*' && t !== '*') return false;
  }
  return true;
};

/** `mos.deadlines.<token>.deadline_reached` → its context and token; `undefined` for a subject of another shape. */
export const parseSubject = (subject: string): { readonly context: string; readonly token: string } | undefined => {
  const [mos, context, token] = subject.split('.');
  return mos === 'mos' && context && token ? { context, token } : undefined;
};
