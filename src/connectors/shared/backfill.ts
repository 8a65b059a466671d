/**
 * Asking a git host for its lists, page by page, in an order that never changes: where it stands is
 * a list and a page, and whoever goes on there reads nothing else. A host that asks for patience is
 * asked again at the same place; what it said already comes from memory then, and costs nothing.
 */
import type { z } from 'zod'
import type { Backfill, BackfillPage, BackfillPlace, Heard } from '#insights/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { nothing } from './hearing.ts'
import { Answers, rest, Wait } from './rest.ts'

export const PAGE = 50
/** Ends a list that never does. */
const PAGES_MAX = 2_000

export interface Page {
  readonly json: unknown
  readonly hasNext: boolean
}

export interface Walk<At> {
  readonly at: At
  readonly since: number
  get(path: string): Promise<Page>
  /** A part of something; undefined where that has gone meanwhile. */
  part(path: string): Promise<unknown>
  /** A list of parts; none where what they are of has gone. */
  parts(path: string, items?: Items): Promise<readonly unknown[]>
}

/** Where in an answer its list stands. */
type Items = (answer: Readonly<Record<string, unknown>>) => unknown

export interface List<At> {
  path(page: number, since: number): string
  /** Left out: the answer is the list. */
  readonly items?: Items
  /** When it changed last, where the list is in that order, the newest first. */
  readonly changedAt?: (item: unknown) => number | undefined
  hear(walk: Walk<At>, item: unknown): Promise<readonly Heard[]>
}

export interface Host<At> {
  readonly connection: string
  readonly repositories: readonly string[]
  /** In their order. */
  readonly lists: Readonly<Record<string, List<At>>>
  address(repository: string, path: string): string
  headers(): Readonly<Record<string, string>>
  place(json: unknown, repository: string, now: number): At
}

export function listBackfill<At>(host: Host<At>): Backfill {
  const { connection, repositories } = host
  const [first = ''] = Object.keys(host.lists)
  const known = new Answers()
  return {
    connection,
    repositories,
    async page({ repository, since, at = { resource: first, page: 1 }, now }) {
      const get = async (path: string): Promise<Page> => {
        const url = host.address(repository, path)
        const answer = await rest({ of: connection, url, headers: host.headers(), now, known })
        if (answer.waitUntil !== undefined) throw new Wait(answer.waitUntil)
        return answer
      }
      try {
        const place = host.place((await get('')).json, repository, now)
        const part = async (path: string) => (await get(path).catch(gone))?.json
        const parts: Walk<At>['parts'] = async (path, items) => listIn(await part(path), items)
        return await read(host.lists, { at: place, since, get, part, parts }, at)
      } catch (error) {
        if (!(error instanceof Wait)) throw error
        return { observations: [], notes: [], next: at, waitUntil: error.until }
      }
    },
  }
}

function listIn(json: unknown, items: Items | undefined): readonly unknown[] {
  const list = items === undefined ? json : items(Object(json) as Readonly<Record<string, unknown>>)
  return Array.isArray(list) ? list : []
}

/** The repository is there: it is a part of it that is not, any more. */
function gone(error: unknown): undefined {
  if (error instanceof Fault && error.code === 'backfill.gone') return undefined
  throw error
}

async function read<At>(
  lists: Host<At>['lists'],
  walk: Walk<At>,
  { resource, page }: BackfillPlace,
): Promise<BackfillPage> {
  const names = Object.keys(lists)
  // A list of an older version, which is none any more: then from the first.
  const here = Object.hasOwn(lists, resource) ? resource : (names[0] ?? '')
  const list = lists[here]
  if (list === undefined) return { observations: [], notes: [], next: undefined }
  const answer = await walk.get(list.path(page, walk.since))
  const heard: Heard[] = []
  let isPast = false
  for (const item of listIn(answer.json, list.items)) {
    const changedAt = list.changedAt?.(item)
    if (changedAt !== undefined && changedAt < walk.since) isPast = true
    else heard.push(...(await list.hear(walk, item)))
  }
  const goesOn = answer.hasNext && !isPast && page < PAGES_MAX
  const following = names[names.indexOf(here) + 1]
  return {
    observations: heard.flatMap(({ observations }) => observations),
    notes: heard.flatMap(({ notes }) => notes),
    next: goesOn
      ? { resource: here, page: page + 1 }
      : following === undefined
        ? undefined
        : { resource: following, page: 1 },
  }
}

/** What is read of one that has all that it is known by; else a note. */
export async function each<S extends z.ZodType>(
  shape: S,
  item: unknown,
  read: (parsed: z.infer<S>) => Promise<readonly Heard[]> | readonly Heard[],
): Promise<readonly Heard[]> {
  const parsed = shape.safeParse(item)
  return parsed.success ? read(parsed.data) : [nothing('without the fields that it is known by')]
}
