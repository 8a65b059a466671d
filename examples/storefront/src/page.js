/** The shop's page. Plain HTML that works without a script; every value is escaped. */
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text) => String(text).replaceAll(/[&<>"']/g, (found) => ESCAPES[found])

/** The whole document for a product list. */
export function page({ source, items }) {
  const notice = source === 'fallback' ? '<p role="status">Prices may be a little old.</p>' : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The shop</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
li { display: flex; justify-content: space-between; padding: .5rem 0 }
li + li { border-top: 1px solid #ddd }
ul { padding: 0 }
</style>
</head>
<body>
<h1>The shop</h1>
${notice}
<ul>
${items.map(row).join('\n')}
</ul>
</body>
</html>
`
}

function row(product) {
  const cost = escaped(price(product))
  return `<li><span>${escaped(product.name)}</span> <span>${cost}</span></li>`
}

/** `EUR 12.50`. Prices travel as whole cents, since 0.1 + 0.2 is not 0.3. */
export function price({ priceMinor, currency }) {
  return `${currency} ${(priceMinor / 100).toFixed(2)}`
}
