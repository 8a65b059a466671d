/** How the storefront asks the catalog service, and how long it is willing to wait. */
const TIMEOUT_MS = 500

/** A function that resolves to the catalog's products and rejects when there is no good answer. */
export function catalogClient(url, timeoutMs = TIMEOUT_MS) {
  return async () => {
    if (!url) throw new Error('no CATALOG_URL')
    const response = await fetch(new URL('/products', url), {
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) throw new Error(`the catalog answered ${response.status}`)
    const { products } = await response.json()
    if (!Array.isArray(products)) throw new Error('the catalog answered no list')
    return products
  }
}
