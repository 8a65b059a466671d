/** Graphs of jobs that do nothing, each with one file that it declares: what a job costs. */
export interface Task {
  readonly name: string
  readonly needs: readonly string[]
}
export type Shape = readonly Task[]

const WIDTH = 50

export const SHAPES: Readonly<Record<string, Shape>> = {
  'chain of 200': chain(200),
  '200 in parallel': Array.from({ length: 200 }, (_, i) => task(i, [])),
  'diamond of 205': diamond(),
}

function task(i: number, needs: readonly number[]): Task {
  return { name: `t${i}`, needs: needs.map((need) => `t${need}`) }
}

export function chain(length: number): Shape {
  return Array.from({ length }, (_, i) => task(i, i === 0 ? [] : [i - 1]))
}

/** 1 → 50 → 1 → 50 → 1 → 50 → 1 → 50 → 1. */
function diamond(): Shape {
  const tasks = [task(0, [])]
  let join = 0
  for (let wave = 0; wave < 4; wave++) {
    const wide = Array.from({ length: WIDTH }, (_, i) => join + 1 + i)
    tasks.push(...wide.map((i) => task(i, [join])))
    join = join + WIDTH + 1
    tasks.push(task(join, wide))
  }
  return tasks
}

/** What nobody waits for. */
export function last(shape: Shape): readonly string[] {
  const needed = new Set(shape.flatMap(({ needs }) => needs))
  return shape.filter(({ name }) => !needed.has(name)).map(({ name }) => name)
}
