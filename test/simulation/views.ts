/** Whether the views are what the events say: their rows before and after a rebuild. */
import type { World } from './world.ts'
import { VIEWS } from '../support/rooms.ts'

export async function compareWithRebuild(world: World): Promise<void> {
  const before = await digests(world)
  await world.front.engine.rebuild()
  const after = await digests(world)
  world.judge.compared(VIEWS.map(({ name }) => name).filter((n) => before.get(n) !== after.get(n)))
}

async function digests(world: World): Promise<ReadonlyMap<string, string>> {
  const rows = new Map<string, string>()
  for (const { name } of VIEWS) {
    const [row] = await world.time.query<{ digest: string }>(
      `world.digest.${name}`,
      `select md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as digest
       from "${name}" as t`,
    )
    rows.set(name, row?.digest ?? '')
  }
  return rows
}
