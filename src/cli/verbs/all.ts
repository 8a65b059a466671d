/** Every verb, in the order of the help. */
import type { AddVerbs, Roles } from '../program.ts'
import { addAccessReviews } from './access-reviews.ts'
import { addAdministration } from './administration.ts'
import { addArtifacts } from './artifacts.ts'
import { addAsking } from './asking.ts'
import { addAudit } from './audit.ts'
import { addCalendar } from './calendar.ts'
import { addCi } from './ci.ts'
import { addConnect } from './connect.ts'
import { addControls } from './controls.ts'
import { addDeciding } from './deciding.ts'
import { addEvidence } from './evidence.ts'
import { addBundles } from './bundles.ts'
import { addExec } from './exec.ts'
import { addFlags } from './flags.ts'
import { addFlaky } from './flaky.ts'
import { addNoReturn } from './no-return.ts'
import { addEmergencies } from './emergencies.ts'
import { addGate } from './gate.ts'
import { addImport } from './import.ts'
import { addIncidents } from './incidents.ts'
import { addInsights } from './insights.ts'
import { addReport } from './report.ts'
import { addJudge } from './judge.ts'
import { addLogs } from './logs.ts'
import { addManifests } from './manifests.ts'
import { addPeopleSay } from './people-say.ts'
import { addPlans } from './plans.ts'
import { addRecording } from './recording.ts'
import { addRollouts } from './rollouts.ts'
import { addReleases } from './releases.ts'
import { addRetention } from './retention.ts'
import { addRun } from './run.ts'
import { addRuns } from './runs.ts'
import { addTestFiles } from './test-files.ts'
import { addSinks } from './sinks.ts'
import { addSpool } from './spool.ts'
import { addSurveys } from './surveys.ts'
import { addTemplates } from './templates.ts'
import { addUndoing } from './undoing.ts'
import { addTrains } from './trains.ts'

const VERBS: readonly AddVerbs[] = [
  addManifests,
  addAsking,
  addArtifacts,
  addRuns,
  addTestFiles,
  addLogs,
  addDeciding,
  addNoReturn,
  addUndoing,
  addReleases,
  addCalendar,
  addRollouts,
  addIncidents,
  addInsights,
  addEmergencies,
  addPlans,
  addTrains,
  addFlags,
  addGate,
  addRecording,
  addSpool,
  addFlaky,
  addEvidence,
  addConnect,
  addSinks,
  addSurveys,
  addPeopleSay,
  addAudit,
  addControls,
  addAccessReviews,
  addRetention,
  addAdministration,
]

/** Those last that do their work here, by what the program lends them. */
export const verbsFor = (roles: Roles): readonly AddVerbs[] => [
  ...VERBS,
  addImport(roles),
  addJudge(roles),
  addCi(roles),
  addTemplates(roles),
  addExec(roles),
  addRun(roles),
  addBundles(roles),
  addReport(roles),
]
