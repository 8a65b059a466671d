/** What stands in an address after `?`: texts by name, as they were typed; nothing else is read. */
export function texts<Name extends string>(
  ...names: readonly Name[]
): (search: Record<string, unknown>) => { readonly [K in Name]?: string } {
  return (search) => {
    const given = names.flatMap((name) => {
      const value = search[name]
      return typeof value === 'string' && value !== '' ? [[name, value] as const] : []
    })
    return Object.fromEntries(given) as { readonly [K in Name]?: string }
  }
}
