/**
 * Tier 1 asks that rolling back was rehearsed before the second release reaches production. So it
 * is, where it hurts nobody: in staging, back to the release before, and forward again.
 */
import type { Slot } from '#cli/answers.ts'
import type { Stage } from './release.ts'
import { until } from './waiting.ts'

const PATIENCE_MS = 120_000
const ENVIRONMENT = 'staging'

export async function rehearseRollback(
  stage: Stage,
  service: string,
  version: string,
): Promise<void> {
  const { team, story } = stage
  await until(`${service} ${version} in ${ENVIRONMENT}`, PATIENCE_MS, () =>
    settled(stage, service, (slot) => slot.validated?.version === version),
  )
  story.say(`Ana rehearses the rollback of ${service} in ${ENVIRONMENT}`)
  const reason = 'Rehearsal before the first canary.'
  await team.ana.post('/rollback', { service, environment: ENVIRONMENT, reason })
  await until(`the rehearsed rollback of ${service}`, PATIENCE_MS, () =>
    settled(stage, service, (slot) => slot.deployed?.version !== version),
  )
  await team.ana.post('/slots/resume', {
    service,
    environment: ENVIRONMENT,
    reason: 'The rehearsal went well.',
  })
}

/** The slot, when nothing moves there and it is as wanted. */
async function settled(
  { admin }: Stage,
  service: string,
  isWanted: (slot: Slot) => boolean,
): Promise<Slot | undefined> {
  const slots = await admin.get<Slot[]>('/slots')
  return slots.find(
    (slot) =>
      slot.service === service &&
      slot.environment === ENVIRONMENT &&
      slot.inFlight === null &&
      isWanted(slot),
  )
}
