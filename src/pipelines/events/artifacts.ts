/** Facts about the named artifacts of jobs: files that a run keeps for people to look at. */

/** What a runner has uploaded of it, by the time it tells the end of the job. */
export interface StoredArtifact {
  readonly name: string
  readonly digest: string
  readonly sizeBytes: number
  readonly files: number
  /** What it is called when it is downloaded: the file itself, or `<name>.tar.gz`. */
  readonly fileName: string
}

export interface ArtifactPublished extends StoredArtifact {
  /** All of its bytes are here: nobody sees it before. */
  readonly type: 'run.artifactPublished'
  readonly at: number
  readonly by: string
  readonly run: string
  readonly service: string
  readonly job: string
  readonly attempt: number
  readonly expiresAt: number
}
