/**
 * Whether two addresses are of one repository. People clone by https or ssh, with `.git` or
 * without; hosts compare without case, and so do those of GitHub and GitLab compare paths.
 */
export function isSameRepository(one: string, other: string): boolean {
  return one === other || plain(one) === plain(other)
}

/** `github.com/acme/shop`. A folder of this machine is itself. */
function plain(address: string): string {
  if (address.startsWith('/')) return address.replace(/\/+$/, '')
  const short = /^(?:[^@/]+@)?([^:/]+):(?!\/)(.+)$/.exec(address)
  const bare =
    short === null
      ? address.replace(/^[a-z+]+:\/\//i, '').replace(/^[^/@]*@/, '')
      : `${short[1]}/${short[2]}`
  return bare
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '')
    .toLowerCase()
}
