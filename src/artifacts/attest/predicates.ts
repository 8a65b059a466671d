/**
 * What became of an artifact, in the words that others defined: each of these is a statement about
 * its digest that any verifier reads without us. Made afterwards from facts, and of facts alone.
 */
import { PREDICATE } from '../events.ts'
import { makeStatement, type Statement, type Subject } from '../statement.ts'

/** Who says so. */
const VERIFIER_ID = 'https://signalbox.dev/verifiers/local@v1'
/** What verification before use asks for: see verification.ts. */
const VERIFICATION_POLICY = 'https://signalbox.dev/policies/artifact-verification/v1'

export interface TestedJob {
  readonly job: string
  readonly passed: number
  readonly failed: number
}

export interface TestFacts {
  readonly run: string
  readonly pipeline: string
  readonly repository: string
  readonly sha: string
  readonly jobs: readonly TestedJob[]
}

/** https://in-toto.io/attestation/test-result/v0.1; undefined where nothing was tested. */
export function testResultOf(subject: Subject, facts: TestFacts): Statement | undefined {
  const { jobs, run, pipeline, repository, sha } = facts
  if (jobs.length === 0) return undefined
  const names = (wanted: (job: TestedJob) => boolean) => jobs.filter(wanted).map(({ job }) => job)
  const failedTests = names(({ failed }) => failed > 0)
  return makeStatement(subject, PREDICATE.testResult, {
    result: failedTests.length > 0 ? 'FAILED' : 'PASSED',
    configuration: [
      { name: pipeline, uri: `git+${repository}@${sha}`, digest: { gitCommit: sha } },
      { name: run, annotations: { jobs } },
    ],
    passedTests: names(({ failed }) => failed === 0),
    failedTests,
  })
}

/** https://in-toto.io/attestation/release/v0.1 */
export function releaseOf(
  subject: Subject,
  { release, version }: { readonly release: string; readonly version: string },
): Statement {
  const purl = `pkg:generic/${encodeURIComponent(subject.name)}@${encodeURIComponent(version)}`
  return makeStatement(subject, PREDICATE.release, { purl, releaseId: release })
}

export interface DeploymentFacts {
  readonly deployment: string
  readonly promotion?: string | undefined
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly at: number
}

/**
 * https://in-toto.io/attestation/deployment/v1, a proposal: where the artifact may run. Consumers
 * ignore the details of the decision, and reject scopes that they do not know.
 */
export function deploymentOf(
  subject: Subject,
  facts: DeploymentFacts & { readonly policy: string },
): Statement {
  const { deployment, promotion, service, environment, policy, at } = facts
  const evidence = [deployment, ...(promotion === undefined ? [] : [promotion])]
  return makeStatement(subject, PREDICATE.deployment, {
    creationTime: iso(at),
    decisionDetails: {
      evidence: evidence.map((name) => ({ name })),
      policy: [{ name: policy }],
    },
    scopes: {
      'signalbox.dev/service/v1': service,
      'signalbox.dev/environment/v1': environment,
    },
  })
}

/** From the release to the slot that holds it now. */
export function promotionOf(
  subject: Subject,
  builderId: string,
  facts: DeploymentFacts,
): Statement {
  const { service, environment, release, version, at } = facts
  return makeStatement(subject, PREDICATE.promotion, {
    srcRef: `${service}@${version} (${release})`,
    dstRef: `${environment}/${service}`,
    digest: subject.digest,
    timestamp: iso(at),
    builderId,
  })
}

export interface InputAttestation {
  readonly digest: string
  readonly predicateType: string
}

/** https://slsa.dev/verification_summary/v1: what was verified before it ran. */
export function summaryOf(
  subject: Subject,
  facts: DeploymentFacts & { readonly inputs: readonly InputAttestation[] },
): Statement {
  return makeStatement(subject, PREDICATE.summary, {
    verifier: { id: VERIFIER_ID },
    timeVerified: iso(facts.at),
    resourceUri: `pkg:oci/${[subject.name, subject.digest].map(encodeURIComponent).join('@')}`,
    policy: { uri: VERIFICATION_POLICY },
    inputAttestations: facts.inputs.map(({ digest }) => ({
      uri: `oci:${digest}`,
      digest: { sha256: digest.slice('sha256:'.length) },
    })),
    verificationResult: 'PASSED',
    // Runner and server may be one machine: more than provenance that exists nobody can promise.
    verifiedLevels: ['SLSA_BUILD_LEVEL_1'],
    slsaVersion: '1.0',
  })
}

const iso = (at: number) => new Date(at).toISOString()
