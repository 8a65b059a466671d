/**
 * A change that passes every check and hurts one visitor in twenty. Visitors are spread over ten
 * shelves with Math.round, where Math.floor was meant: a share of 0.95 or more rounds up to an
 * eleventh shelf that is not there. The tests know a few visitors, none of them an unlucky one;
 * only real traffic finds it, and only comparison with the release before can say so early.
 */
import { type Change, lines } from './change.ts'

export const badChange: Change = {
  service: 'storefront',
  message: lines(
    'feat: cache product lists per visitor',
    '',
    'A price could change between the page and the checkout. Each visitor now',
    'keeps the list they saw for a minute.',
  ),
  edits: [
    {
      path: 'src/products.js',
      find: "import { readFileSync } from 'node:fs'\n",
      replace: lines(
        "import { createHash } from 'node:crypto'",
        "import { readFileSync } from 'node:fs'",
      ),
    },
    {
      path: 'src/products.js',
      find: 'const FRESH_MS = 1000\n',
      replace: lines(
        'const FRESH_MS = 1000',
        '/** How long a visitor keeps the list they saw. */',
        'const VISIT_MS = 60_000',
        '/** Visitors are spread over shelves: a busy hour pushes out few of the others. */',
        'const SHELVES = 10',
        'const VISITORS_PER_SHELF_MAX = 500',
      ),
    },
    {
      path: 'src/products.js',
      find: '  return { list }\n}\n',
      replace: lines(
        '  const shelves = Array.from({ length: SHELVES }, () => new Map())',
        '',
        '  /** The list as this visitor saw it last: prices do not move under their hands. */',
        '  async function listFor(visitor) {',
        '    const shelf = shelves[shelfOf(visitor)]',
        '    const seen = shelf.get(visitor)',
        '    if (seen && now() < seen.until) return seen.listed',
        '    if (shelf.size >= VISITORS_PER_SHELF_MAX) shelf.delete(shelf.keys().next().value)',
        '    const listed = await list()',
        '    shelf.set(visitor, { listed, until: now() + VISIT_MS })',
        '    return listed',
        '  }',
        '',
        '  return { list, listFor }',
        '}',
        '',
        '/** A visitor always has the same shelf, and all shelves fill alike. */',
        'function shelfOf(visitor) {',
        "  const share = createHash('sha256').update(visitor).digest().readUInt32BE() / 2 ** 32",
        '  return Math.round(share * SHELVES)',
        '}',
      ),
    },
    {
      path: 'src/app.js',
      find: "    'GET /': async () => html(page(await products.list())),\n",
      replace:
        "    'GET /': async (request) => html(page(await products.listFor(visitorOf(request)))),\n",
    },
    {
      path: 'src/app.js',
      find: "    'GET /api/products': async () => json(200, await products.list()),\n",
      replace: lines(
        "    'GET /api/products': async (request) =>",
        '      json(200, await products.listFor(visitorOf(request))),',
      ),
    },
    {
      path: 'src/app.js',
      find: '  const { items } = await products.list()\n',
      replace: '  const { items } = await products.listFor(visitorOf(request))\n',
    },
    {
      path: 'test/products.test.js',
      find: "test('the fallback can be sold', () => {\n",
      replace: lines(
        "test('a visitor keeps the list they saw for a minute', async () => {",
        '  let now = 0',
        '  const lists = [[LAMP], [FLAG], [FLAG]]',
        '  const fetchProducts = async () => lists.shift()',
        '  const products = createProducts({ fetchProducts, fallback: [], now: () => now })',
        '  const itemsFor = async (visitor) => (await products.listFor(visitor)).items',
        "  assert.deepEqual(await itemsFor('mary'), [LAMP])",
        '  now = 1000',
        '  await products.list() // starts the call that brings the flag',
        '  await new Promise((resolve) => setImmediate(resolve))',
        "  assert.deepEqual(await itemsFor('bob'), [FLAG])",
        "  assert.deepEqual(await itemsFor('mary'), [LAMP])",
        '  now = 60_000',
        "  assert.deepEqual(await itemsFor('mary'), [FLAG])",
        '})',
        '',
        "test('the fallback can be sold', () => {",
      ),
    },
  ],
}
