/** What comes off the wire as what: positions, counts and instants are numbers everywhere here. */
import pg from 'pg'

const INT8 = 20
const TIMESTAMPTZ = 1184
const toDate = pg.types.getTypeParser(TIMESTAMPTZ) as (text: string) => Date

// Positions and counts stay far below 2^53; instants are milliseconds everywhere in our code.
export const wireTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number
    if (oid === TIMESTAMPTZ) return (text: string) => toDate(text).getTime()
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}
