/** Which build a digest is, where it comes from, what is signed about it, and where it went. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { Artifact } from '../api/artifacts.ts'
import { artifactQuery, inspectionQuery } from '../api/queries.ts'
import { attestedInWords } from '../format/attested.ts'
import { bytes } from '../format/text.ts'
import { Answer } from '../kit/answer.tsx'
import { State } from '../kit/state.tsx'
import { When } from '../kit/when.tsx'
import { useTitle } from '../shell/title.ts'
import { Chain } from './artifact/chain.tsx'
import { Retention } from './artifact/retention.tsx'
import { Signatures } from './artifact/signatures.tsx'

export function ArtifactPage() {
  const { digest } = useParams({ from: '/artifacts/$digest' })
  const artifact = useQuery(artifactQuery(digest))
  return (
    <Answer query={artifact} heading="Artifact">
      {(row) => <OneArtifact artifact={row} />}
    </Answer>
  )
}

function OneArtifact({ artifact }: { artifact: Artifact }) {
  const { digest, service, published_at: at, size_bytes: size, files, trouble } = artifact
  useTitle(`${service} ${digest.slice(7, 19)}`)
  const inspection = useQuery(inspectionQuery(digest))
  return (
    <div className="space-y-4">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          <p className="text-quiet text-xs">
            <Link to="/services/$name" params={{ name: service }}>
              {service}
            </Link>{' '}
            · Artifact
          </p>
          <h1 className="font-mono break-all">{digest}</h1>
          <p className="text-quiet">
            {artifact.elsewhere === null ? (
              <>
                published <When at={at} />, {files} {files === 1 ? 'file' : 'files'}, {bytes(size)}
              </>
            ) : (
              <>
                reported <When at={at} />; it lies elsewhere, as {artifact.elsewhere.name}
                {artifact.elsewhere.uri !== null && <> at {artifact.elsewhere.uri}</>}, and is never
                deployed from here
              </>
            )}
          </p>
        </div>
        <p className="text-lg font-semibold">
          <State of="attested" {...attestedInWords(artifact, inspection.data)} />
        </p>
      </header>
      {trouble !== null && (
        <div role="alert" className="border-bad bg-card rounded-lg border border-l-4 px-4 py-3">
          <p className="text-bad font-medium">
            <span aria-hidden="true">✕</span> It was refused before it was used.
          </p>
          <p className="break-words">{trouble}</p>
        </div>
      )}
      {artifact.pruned_at !== null && (
        <div role="status" className="border-line bg-card rounded-lg border border-l-4 px-4 py-3">
          <p className="font-medium">
            Pruned by {artifact.pruned_by} <When at={artifact.pruned_at} />
            {artifact.removed_at === null ? '; its bytes go soon.' : '. Its bytes are gone.'}
          </p>
          <p className="text-quiet break-words">
            {artifact.pruned_why}. This record stays; running its pipeline again brings it back.
          </p>
        </div>
      )}
      <Chain artifact={artifact} />
      <Signatures artifact={artifact} />
      <Retention artifact={artifact} />
    </div>
  )
}
