/** Surveys that there are, the newest first. */
import type { Reads } from '#engine/sql.ts'
import type { SurveyRow } from '../views/surveys.ts'

export async function surveysIn(reads: Reads, limit: number): Promise<SurveyRow[]> {
  return reads
    .withTables<{ surveys: SurveyRow }>()
    .selectFrom('surveys')
    .selectAll()
    .orderBy('opened_at', 'desc')
    .orderBy('survey')
    .limit(limit)
    .execute()
}
