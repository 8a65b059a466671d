/** A case has a name of its own for addresses: that of its service and of itself, hashed. */
export function caseIdOf(service: string, name: string, hash: (text: string) => string): string {
  return `tst_${hash(`${service}\n${name}`).slice(0, 26)}`
}
