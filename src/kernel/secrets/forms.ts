/**
 * The forms in which a secret turns up in a log: as it is, line by line, and as tools write it.
 * As strings of Latin-1 characters, one for each byte.
 */

/** Shorter ones are in every other word: hiding them would hide the log, not the secret. */
export const SECRET_BYTES_MIN = 4

export function formsOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim())
  const values = new Set([secret, secret.trim(), ...(lines.length > 1 ? lines : [])])
  const long = [...values].filter((value) => Buffer.byteLength(value) >= SECRET_BYTES_MIN)
  const forms = long.flatMap((value) => [value, ...written(value)])
  return [...new Set(forms.map(bytesOf).concat(long.flatMap(encoded)))]
}

const bytesOf = (text: string) => Buffer.from(text).toString('latin1')

/** In words: URLs, JSON, and what a shell prints with `-x`. */
function written(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  const ascii = json.replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const url = encodeURIComponent(value.toWellFormed())
  const lower = url.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())
  const strict = url.replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const form = strict.replaceAll('%20', '+').replaceAll('~', '%7E')
  const quoted = value.replaceAll("'", String.raw`'\''`)
  const twice = value.replaceAll("'", `'"'"'`)
  return [
    json,
    ascii,
    json.replaceAll('/', String.raw`\/`),
    url,
    lower,
    strict,
    form,
    quoted,
    twice,
  ]
}

/** As digits. In Base64 the same bytes look three ways, by what came before them. */
function encoded(value: string): string[] {
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const sixes = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // Only the characters that are made of nothing but the secret.
    const end = Math.floor(((offset + bytes.length) * 8) / 6)
    return text.slice(Math.ceil((offset * 8) / 6), end)
  })
  const urlSafe = sixes.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [hex, hex.toUpperCase(), ...sixes, ...urlSafe].filter(
    (text) => text.length >= SECRET_BYTES_MIN,
  )
}
