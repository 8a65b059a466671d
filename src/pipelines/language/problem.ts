/** What is wrong in a pipeline document, and where. */
export interface PlanProblem {
  /** Inside the document. */
  readonly path: readonly (string | number)[]
  /** Inside the text that stands there: of an expression. */
  readonly offset?: number | undefined
  readonly message: string
  readonly remedy: string
}
