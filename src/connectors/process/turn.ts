/**
 * One run at a time, and whoever asks during a run shares the one after it: what a level-triggered
 * loop needs to answer "done" truthfully without running once per question.
 */
export function takeTurns(run: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return () => {
    next ??= current
      .catch(() => {})
      .then(() => {
        next = undefined
        return run()
      })
    current = next
    return next
  }
}
