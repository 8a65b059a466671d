/**
 * Every page when there is nothing to show, when what it is about is not there, and when the server
 * fails, is away or does not answer yet.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ADDRESSES } from './addresses.ts'
import { CHROMIUM } from './browser.ts'
import { openBrowser, serve } from './server.ts'
import { schemes, type State, sweep } from './sweep.ts'

const ALL = Object.keys(ADDRESSES)
const LISTS = ALL.filter((path) => !path.includes('$'))
const anyOf = (paths: readonly string[]) => paths.map((path) => path.replace(/\$\w+/, 'nowhere'))

/** Cut off and still asking look like failing and empty: who has time looks at them too. */
const isThorough = process.env['SWEEP'] === 'all'

const STATES: readonly (readonly [state: State, paths: readonly string[]])[] = [
  ['empty', LISTS],
  ['missing', anyOf(ALL.filter((path) => path.includes('$')))],
  ['failing', anyOf(ALL)],
  ['offline', isThorough ? anyOf(ALL) : []],
  ['loading', isThorough ? anyOf(ALL) : []],
]

test(
  'every page says what there is not, and what went wrong',
  { timeout: 1_200_000, skip: CHROMIUM === undefined ? 'no Chromium here' : false },
  async (t) => {
    const { url: origin } = await serve(t)
    const browser = await openBrowser(t)
    const signedIn = { cookies: [], origins: [] }
    for (const [nth, [state, paths]] of STATES.entries())
      for (const scheme of schemes(nth))
        await t.test(`${state}, ${scheme}`, async () => {
          const how = { browser, origin, signedIn, state, scheme, paths }
          assert.deepEqual(await sweep(how), [])
        })
  },
)
