/** Of what stands in the address, that which the server is asked for: names with something in them. */
export function narrowed(
  search: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = search[name]
      return value === undefined || value === '' ? [] : [[name, value] as const]
    }),
  )
}
