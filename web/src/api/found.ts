/** What the server's search answers. */
export interface Found {
  readonly kind: 'service' | 'run' | 'release' | 'deployment' | 'artifact'
  readonly id: string
  readonly title: string
  readonly detail: string
}
