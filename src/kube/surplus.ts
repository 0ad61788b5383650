// What stands in an object beyond what we want there. Server-side apply leaves fields alone that somebody else has added: one more rule in
// a network policy that we never mention is none of ours, and opens it. So the walls are compared whole, not only by what we own.
type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/** A JSON merge patch that takes the surplus away; undefined when there is none. A list is looked at as a whole: its owner sees to its items.
 * @param expected paths like `claimRef.uid` that others fill in */
export function surplus(wanted: object, live: object, expected: string[] = []): object | undefined {
  return patchFor(wanted as Json, live as Json, expected, '') as object | undefined;
}

function patchFor(wanted: Json, live: Json, expected: string[], path: string): Json {
  if (!isObject(wanted) || !isObject(live)) return undefined;
  const parts = Object.entries(live).flatMap(([name, value]): [string, Json][] => {
    const here = path ? `${path}.${name}` : name;
    if (isEmpty(value) || expected.includes(here)) return [];
    if (wanted[name] === undefined) return [[name, null]];
    const part = patchFor(wanted[name], value, expected, here);
    return part === undefined ? [] : [[name, part]];
  });
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}

const isObject = (value: Json): value is { [key: string]: Json } => typeof value === 'object' && value !== null && !Array.isArray(value);
const isEmpty = (value: Json): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
