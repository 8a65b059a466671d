/** Facts about what ran together: all slots of an environment at one instant. */
export interface VectorMember {
  readonly service: string
  readonly release: string
  readonly version: string
  readonly artifact: string
  /** Digest of how it was run: command, health check, environment variables, instances. */
  readonly config: string
}

export interface VectorEvent {
  readonly type: 'vector.validated'
  readonly at: number
  readonly by: string
  readonly environment: string
  /** Of its members, sorted, with their configuration: the same for the same vector anywhere. */
  readonly digest: string
  readonly members: readonly VectorMember[]
}
