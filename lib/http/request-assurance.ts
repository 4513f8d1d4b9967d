import type { RequirementAnswer } from '../answers'
import type { Standing } from '../core/policy'
import type { Assurance, Method } from '../ports'

/** What a request tells the app of its second factor, as `req.twoFactor`. */
export interface RequestAssurance {
  assurance: Assurance
  methods: readonly Method[]
  verifiedAt: Date | null
  requirement: RequirementAnswer
  /** `held` and `prompted` are behind the gate; only `passed` is through. */
  standing: Standing
}

declare global {
  namespace Express {
    interface Request {
      /** Set by the gate, and by everything else of express-two-factor that looked at the session. */
      twoFactor?: RequestAssurance
    }
  }
}
