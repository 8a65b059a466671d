/** Sizes as people write them (`512Mi`, `4Gi`, `1.5G`), in bytes inside. */
const UNIT_BYTES = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
} as const

/** Whole bytes, or undefined when the text is not a size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?)(k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text) ?? []
  if (amount === undefined) return undefined
  const bytes = Math.round(Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES])
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
