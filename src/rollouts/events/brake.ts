/** Traffic cut on suspicion, before anything is proven, and given back when it was none. */
export type BrakeEvent =
  | {
      /** The router confirmed it. */
      readonly type: 'deployment.braked'
      readonly at: number
      readonly by: string
      /** Percent before, and now. */
      readonly from: number
      readonly weight: number
      readonly reason: string
    }
  | {
      /** It was not confirmed: the weight before stands again. */
      readonly type: 'deployment.brakeReleased'
      readonly at: number
      readonly by: string
      readonly weight: number
    }
