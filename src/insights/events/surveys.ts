/** Facts about surveys. Who answered is on no record: an answer is of a link, which is nobody's. */
interface Fact {
  readonly at: number
  readonly by: string
  readonly survey: string
}

export type SurveyEvent =
  | (Fact & {
      readonly type: 'survey.opened'
      readonly title: string
      readonly question: string
      /** SHA-256 of each link's secret; the secrets were told once. */
      readonly keys: readonly string[]
      readonly closesAt: number
    })
  | (Fact & {
      readonly type: 'survey.answered'
      readonly key: string
      /** 1 to 5. */
      readonly score: number
      /** Hostile text: shown, never obeyed. */
      readonly comment?: string | undefined
    })
  | (Fact & { readonly type: 'survey.closed' })
