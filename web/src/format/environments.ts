/** Environments as releases travel through them: by the services' paths, then the rest by name. */
interface Named {
  readonly name: string
}

/** Longer paths first: a short one often leaves out environments that a long one has. */
export function inOrder(
  environments: readonly Named[],
  services: readonly { readonly path: readonly string[] }[],
): readonly string[] {
  const paths = services.map(({ path }) => path).toSorted((a, b) => b.length - a.length)
  const known = environments.map(({ name }) => name)
  const travelled = [...new Set(paths.flat())]
  return [...travelled, ...known.filter((name) => !travelled.includes(name))]
}
