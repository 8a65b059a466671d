/** What a basket costs. The products are handed in; a bad basket is answered, never thrown. */
const QUANTITY_MAX = 20

/** `{ product, quantity, amountMinor, currency }`, or `{ error }` that says what to mend. */
export function orderFrom(basket, products) {
  const { product: wanted, quantity = 1 } = Object(basket)
  const product = products.find(({ id }) => id === wanted)
  if (!product) return { error: `there is no product '${wanted}'; GET /api/products lists them` }
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > QUANTITY_MAX)
    return { error: `quantity must be a whole number from 1 to ${QUANTITY_MAX}` }
  return {
    product: product.id,
    quantity,
    amountMinor: quantity * product.priceMinor,
    currency: product.currency,
  }
}
