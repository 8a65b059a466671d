/** Waits for all parts of an object at once, as `Promise.all` does for those of a list. */
export async function together<Parts extends object>(
  parts: Parts,
): Promise<{ readonly [Name in keyof Parts]: Awaited<Parts[Name]> }> {
  const values = await Promise.all(Object.values(parts))
  const names = Object.keys(parts)
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as never
}
