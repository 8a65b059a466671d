/** What was signed about the artifact, read and checked anew, and the parts it is made of. */
import { useQuery } from '@tanstack/react-query'
import type { Artifact, Inspection } from '../../api/artifacts.ts'
import { inspectionQuery } from '../../api/queries.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Fact, Facts } from '../../kit/facts.tsx'
import { Says, State } from '../../kit/state.tsx'
import { Table } from '../../kit/table.tsx'
import { Findings } from './findings.tsx'

export function Signatures({ artifact: { digest } }: { artifact: Artifact }) {
  const inspection = useQuery(inspectionQuery(digest))
  return (
    <>
      <Card title="Signatures" aside="read from the registry and checked now">
        <Answer query={inspection}>{(row) => <Checked inspection={row} />}</Answer>
      </Card>
      <Card title="Findings" id="findings" aside={foundIn(inspection.data)}>
        <Answer query={inspection}>{({ scan }) => <Findings scan={scan} />}</Answer>
      </Card>
      <Card title="Parts (SBOM)" aside={countOf(inspection.data)}>
        <Answer query={inspection}>{(row) => <Parts inspection={row} />}</Answer>
      </Card>
    </>
  )
}

function foundIn(inspection: Inspection | undefined): string {
  const found = inspection?.scan?.found
  return found === undefined ? '' : `${found}`
}

function countOf(inspection: Inspection | undefined): string {
  const parts = inspection?.parts
  return parts == null ? '' : `${parts.length}${inspection?.partsCut === true ? ' and more' : ''}`
}

const NAMES = {
  provenance: 'Provenance',
  sbom: 'SBOM',
  testResult: 'Test result',
  vulns: 'Vulnerabilities',
  release: 'Release',
  deployment: 'Deployment decision',
  summary: 'Verification summary',
  promotion: 'Promotion',
  other: 'Something else',
  unreadable: 'Not readable',
} as const

function Checked({ inspection: { judgement, attestations, origin } }: { inspection: Inspection }) {
  return (
    <div className="space-y-3">
      {judgement.ok ? (
        <Says tone="good" text="Everything that it owes is signed and speaks of it." />
      ) : (
        <ul className="space-y-1">
          {judgement.problems.map(({ message, remedy }) => (
            <li key={message}>
              <Says tone="bad" text={message} />
              <p className="text-quiet pl-[1.375rem] text-xs">{remedy}</p>
            </li>
          ))}
        </ul>
      )}
      <Table
        label="Attestations"
        rows={attestations}
        keyOf={({ digest }) => digest}
        empty="Nothing is signed about it: provenance and SBOM are missing."
        columns={[
          { heading: 'What', cell: ({ kind }) => NAMES[kind] },
          {
            heading: 'Signature',
            cell: ({ isTrusted, why }) =>
              isTrusted ? <State of="passed" text="valid" /> : <Says tone="bad" text={why} />,
          },
          {
            heading: 'Key',
            cell: ({ keyId }) => (
              <code className="font-mono text-xs">{keyId?.slice(0, 19) ?? 'unknown'}</code>
            ),
          },
          {
            heading: 'Attestation',
            cell: ({ digest }) => <code className="font-mono text-xs">{digest.slice(0, 19)}</code>,
          },
        ]}
      />
      {origin === null ? (
        <Says tone="bad" text="Provenance is missing: nobody says how it was built." />
      ) : (
        <div className="max-w-2xl">
          <Facts>
            <Fact name="Built by">
              <span className="break-all">{origin.builder}</span>
            </Fact>
            <Fact name="From">
              <span className="break-all">{origin.repository}</span>
            </Fact>
            <Fact name="Commit">
              <code className="font-mono">{origin.sha.slice(0, 8) || 'not said'}</code>
            </Fact>
          </Facts>
        </div>
      )}
    </div>
  )
}

function Parts({ inspection: { parts } }: { inspection: Inspection }) {
  if (parts === null)
    return <Says tone="bad" text="The SBOM is missing: its parts are not known." />
  if (parts.length === 0) return <Quiet>The SBOM lists no parts besides the service itself.</Quiet>
  return (
    <div className="max-h-96 overflow-auto">
      <Table
        label="Parts"
        rows={parts}
        keyOf={({ name, version }) => `${name} ${version}`}
        empty=""
        columns={[
          { heading: 'Name', cell: ({ name }) => name },
          { heading: 'Version', cell: ({ version }) => version || 'not said' },
          { heading: 'Kind', cell: ({ kind }) => kind },
          { heading: 'Licence', cell: ({ licences }) => licences.join(', ') || 'not said' },
        ]}
      />
    </div>
  )
}
