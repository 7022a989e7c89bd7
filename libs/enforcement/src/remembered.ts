/** What `make` makes of a key, made once; a map that has become too large begins anew. */
export const remembered = <V>(map: Map<string, V>, most: number, key: string, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (map.size >= most) map.clear();
  map.set(key, made);
  return made;
};
