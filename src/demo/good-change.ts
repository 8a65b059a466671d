/** A change as most are: small, tested and right. The demonstration sees it reach production. */
import { type Change, lines } from './change.ts'

export const goodChange: Change = {
  service: 'storefront',
  message: lines(
    'feat: show stock on the product page',
    '',
    'People asked support whether a lamp is there before they ordered one.',
    'The catalog knows; a product without a number shows none.',
  ),
  edits: [
    {
      path: 'src/page.js',
      find: '  const cost = escaped(price(product))\n',
      replace: lines(
        "  const facts = [stockOf(product), price(product)].filter(Boolean).join(', ')",
      ),
    },
    {
      path: 'src/page.js',
      find: ' <span>${cost}</span></li>`\n}\n',
      replace: lines(
        ' <span>${escaped(facts)}</span></li>`',
        '}',
        '',
        '/** `12 in stock`, `sold out`, or nothing when the catalog does not say. */',
        'export function stockOf({ stock }) {',
        "  if (!Number.isInteger(stock)) return ''",
        "  return stock > 0 ? `${stock} in stock` : 'sold out'",
        '}',
      ),
    },
    {
      path: 'test/units.test.js',
      find: "import { page, price } from '../src/page.js'\n",
      replace: "import { page, price, stockOf } from '../src/page.js'\n",
    },
    {
      path: 'test/units.test.js',
      find: "test('a name cannot become markup', () => {\n",
      replace: lines(
        "test('the page says what is there', () => {",
        "  assert.equal(stockOf({ stock: 12 }), '12 in stock')",
        "  assert.equal(stockOf({ stock: 0 }), 'sold out')",
        "  assert.equal(stockOf({}), '')",
        "  const body = page({ source: 'catalog', items: [{ ...LAMP, stock: 12 }] })",
        '  assert.match(body, /12 in stock, EUR 49\\.00/)',
        '})',
        '',
        "test('a name cannot become markup', () => {",
      ),
    },
  ],
}
