/** The place of the simulation, and the target of tests of rollouts, by the rules of the real one. */
import { type RuledHost, targetRules } from '../contracts/target-rules.contract.ts'
import { SimulatedTarget } from '../support/simulated-target.ts'
import { Dice } from './dice.ts'
import { natureOf } from './nature.ts'
import { Place } from './place.ts'

const hosted = (target: RuledHost['target']): RuledHost => ({
  target,
  service: { digest: 'sha256:v1', path: '' },
  publicPort: async () => 4_100,
  dispose: async () => {},
})

targetRules('the place of the simulation', async () => {
  const good = { ...natureOf(new Dice('1')), kind: 'good', comesUpMs: 0, isSilent: false }
  const { crash: _, ...nature } = good
  const place = new Place({
    now: () => 0,
    dice: new Dice('place'),
    natureOf: () => nature,
    requestsPerSecond: () => 10,
  })
  return hosted(place)
})

targetRules('the target of tests', async () => hosted(new SimulatedTarget(() => 0)))
