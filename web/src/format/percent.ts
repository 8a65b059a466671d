/** A share as people read it. */
export const percentOf = (share: number) => `${(100 * share).toFixed(1)} %`
