/** All laws, in the order in which people read them. */
import {
  emergencyAnswered,
  emergencyEnds,
  lateIsJudged,
  reviewIsOwed,
  rightsEnd,
} from './emergencies.ts'
import {
  flagApproved,
  flagFreezeStands,
  flagHoldStands,
  killPasses,
  rampGoesOn,
  rampInOrder,
} from './flags.ts'
import type { Law } from './law.ts'
import {
  freezeStands,
  fullBake,
  holdStands,
  oneDoer,
  oneHolder,
  upWhenValidated,
  vetoStands,
} from './movement.ts'
import { floorStands, noReturnAnswered } from './no-return.ts'
import { boundToPlan, notOneself } from './people.ts'
import { deploymentEnds, promotionEnds } from './progress.ts'
import {
  backAtReturnPoint,
  freezeLetsBack,
  hardFreezeAlone,
  noFlapping,
  noRollbackOfRollback,
  settledServes,
  undoEnds,
} from './way-back.ts'

export const LAWS: readonly Law[] = [
  fullBake,
  upWhenValidated,
  oneHolder,
  oneDoer,
  holdStands,
  vetoStands,
  freezeStands,
  notOneself,
  boundToPlan,
  freezeLetsBack,
  hardFreezeAlone,
  undoEnds,
  backAtReturnPoint,
  noRollbackOfRollback,
  noFlapping,
  settledServes,
  noReturnAnswered,
  floorStands,
  emergencyAnswered,
  rightsEnd,
  lateIsJudged,
  reviewIsOwed,
  emergencyEnds,
  flagFreezeStands,
  flagHoldStands,
  rampInOrder,
  flagApproved,
  killPasses,
  deploymentEnds,
  promotionEnds,
  rampGoesOn,
]
