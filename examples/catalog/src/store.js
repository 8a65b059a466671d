/**
 * The products, read once and checked at the start: a catalog with a broken price must not become
 * ready, since the shop would sell by it.
 */
const PRODUCTS_MAX = 10_000

/** `{ list({ category }), find(id) }`; throws with the place of the first product that is wrong. */
export function createStore(text) {
  const products = JSON.parse(text)
  if (!Array.isArray(products) || products.length > PRODUCTS_MAX)
    throw new Error(`the products must be a list of at most ${PRODUCTS_MAX}`)
  const byId = new Map()
  for (const [i, product] of products.entries()) {
    const problem = problemOf(product) ?? (byId.has(product.id) ? 'its id is taken' : undefined)
    if (problem) throw new Error(`product ${i} (${product?.id}): ${problem}`)
    byId.set(product.id, Object.freeze(product))
  }
  return {
    list: ({ category } = {}) =>
      [...byId.values()].filter((product) => !category || product.category === category),
    find: (id) => byId.get(id),
  }
}

function problemOf(product) {
  const { id, name, category, priceMinor, currency, stock } = Object(product)
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(id)) return 'id must be like signal-lamp'
  if (typeof name !== 'string' || name === '') return 'name is missing'
  if (typeof category !== 'string' || category === '') return 'category is missing'
  if (!Number.isInteger(priceMinor) || priceMinor < 1) return 'priceMinor must be whole cents'
  if (!/^[A-Z]{3}$/.test(currency)) return 'currency must be like EUR'
  if (!Number.isInteger(stock) || stock < 0) return 'stock must be a whole number'
  return undefined
}
