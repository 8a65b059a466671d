/** What evidence asks of the artifact registry. Filled by app.ts over registry and verifier. */
export interface Provenance {
  /** Commits that trustworthy provenance names; undefined: the artifact is not there. */
  builtOf(digest: string): Promise<readonly string[] | undefined>
}
