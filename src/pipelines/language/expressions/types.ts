/** What is known of a value before it is there: enough to find mistakes without running. */

export type Type =
  /** `oneOf`: nothing else can stand there, so nothing else can be compared with it. */
  | { readonly kind: 'string'; readonly oneOf?: readonly string[] | undefined }
  | { readonly kind: 'bool' | 'number' | 'list' | 'map' | 'null' | 'any' }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Type>> }

export const ANY: Type = { kind: 'any' }
export const STRING: Type = { kind: 'string' }
export const BOOL: Type = { kind: 'bool' }
export const NUMBER: Type = { kind: 'number' }

export const oneOf = (...values: readonly string[]): Type => ({ kind: 'string', oneOf: values })
export const object = (fields: Readonly<Record<string, Type>>): Type => ({ kind: 'object', fields })

/** Of a value in the document. */
export function typeOfValue(value: string | number | boolean): Type {
  if (typeof value === 'string') return STRING
  return typeof value === 'number' ? NUMBER : BOOL
}

const NAMES = {
  string: 'a text',
  bool: 'true or false',
  number: 'a number',
  list: 'a list',
  map: 'a map',
  null: 'null',
  any: 'anything',
  object: 'a group of values',
} as const

export const named = ({ kind }: Type): string => NAMES[kind]
