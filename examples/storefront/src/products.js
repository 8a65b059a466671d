/**
 * The product list: the catalog's while it answers, the last one we know while it does not.
 * A shop with yesterday's prices sells; a shop that is down does not.
 */
import { readFileSync } from 'node:fs'

/** Prices may be this old. One call a second to the catalog, whatever the traffic. */
const FRESH_MS = 1000

/** `list()` resolves to `{ source: 'catalog' | 'fallback', items }` and never rejects. */
export function createProducts({ fetchProducts, fallback, now = () => performance.now() }) {
  let known = fallback
  let held
  let loading
  let freshUntil = -Infinity

  async function load() {
    try {
      known = (await fetchProducts()).filter((product) => product.retired !== true)
      held = { source: 'catalog', items: known }
    } catch {
      held = { source: 'fallback', items: known }
    }
    return held
  }

  /** Only the very first call waits for the catalog; later ones get what we hold meanwhile. */
  async function list() {
    if (now() >= freshUntil) {
      freshUntil = now() + FRESH_MS
      loading = load()
    }
    return held ?? loading
  }

  return { list }
}

/** The products we were built with, for a start while the catalog is down. */
export function fallbackProducts() {
  return JSON.parse(readFileSync(new URL('../data/fallback.json', import.meta.url), 'utf8'))
}
