import type { Request } from 'express'
import { Strategy } from 'passport'
import { TwoFactorError } from '../errors'
import { misconfigured } from '../settings/check'
import type { AppCalls } from './app-calls'

export interface StrategyOptions {
  /** The body's field of the code. Default: `code`. */
  codeField?: string
  /** The body's field of "remember this device". Default: `remember`. */
  rememberField?: string
}

/** What `passport.authenticate` hands on of its own options. */
interface AuthenticateOptions {
  keepSessionInfo?: boolean
  session?: boolean
}

/**
 * Verifies the second factor as a Passport strategy, for apps with routes of their own:
 * `passport.authenticate('two-factor', { keepSessionInfo: true })`. The first factor must have signed in before.
 */
export class TwoFactorStrategy extends Strategy {
  override name = 'two-factor'
  // Passport calls a copy made by Object.create: an ES `#private` field would not be there.
  private readonly twoFactor: Pick<AppCalls, 'verify'>
  private readonly fields: Required<StrategyOptions>

  constructor(twoFactor: Pick<AppCalls, 'verify'>, options: StrategyOptions = {}) {
    super()
    const unknown = Object.keys(options).find((name) => name !== 'codeField' && name !== 'rememberField')
    if (unknown)
      throw misconfigured(`TwoFactorStrategy.${unknown}`, 'does not exist; known are codeField, rememberField')
    this.twoFactor = twoFactor
    this.fields = { codeField: 'code', rememberField: 'remember', ...options }
  }

  override authenticate(req: Request, options: AuthenticateOptions = {}): void {
    this.verify(req, options)
      .then(
        (user) => (user ? this.success(user) : this.fail({ message: 'ERR_TFA_SIGN_IN_REQUIRED' }, 401)),
        (error) => this.refuse(error),
      )
      // What the app does on success or failure may throw too: unheard, that would end the process.
      .catch((error) => this.error(error))
  }

  private async verify(req: Request, options: AuthenticateOptions): Promise<Express.User | undefined> {
    refuseUnsafe(options)
    const body = readParsed(req)
    const { codeField, rememberField } = this.fields
    await this.twoFactor.verify(req, { code: body[codeField], remember: body[rememberField] })
    return req.user
  }

  private refuse(error: unknown): void {
    if (!(error instanceof TwoFactorError) || error.status >= 500) this.error(error)
    else this.fail({ message: error.code, ...error.fields }, error.status)
  }
}

/**
 * Passport gives the session a new id after success. Without `keepSessionInfo` it drops the grant's handle with the
 * old session; with `session: false` the id from before the second factor would go on (fixation).
 */
function refuseUnsafe({ keepSessionInfo, session }: AuthenticateOptions): void {
  if (keepSessionInfo === true && session !== false) return
  const detail = "use passport.authenticate('two-factor', { keepSessionInfo: true }), without `session: false`"
  throw new TwoFactorError('ERR_TFA_CONFIG', { detail })
}

/**
 * There is no body where none was sent, or one of a kind that no parser takes, or where the sender has hung up: that is
 * the sender's mistake. Where a parser would have taken it, there is no parser.
 */
function readParsed(req: Request): Record<string, unknown> {
  if (typeof req.body === 'object' && req.body !== null) return req.body
  if (!req.is(['json', 'urlencoded']) || !req.socket.readable)
    throw new TwoFactorError('ERR_TFA_INPUT_INVALID', { field: 'body', detail: 'the body must be a form or JSON' })
  throw new TwoFactorError('ERR_TFA_CONFIG', {
    detail: 'mount `express.json()` or `express.urlencoded()` before the strategy',
  })
}
