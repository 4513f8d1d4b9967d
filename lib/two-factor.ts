import type { Request, RequestHandler } from 'express'
import { type Admin, createAdmin } from './core/admin'
import { checkTexts } from './core/check-texts'
import type { Core } from './core/core'
import { revokeAll } from './core/grant'
import { createKeyRing } from './core/secrets'
import { createSendingCalls, type SendingCalls } from './core/sending'
import { createEvents, type EventName, type Listener } from './events'
import { type AppCalls, createAppCalls } from './http/app-calls'
import { createGate, type GateOptions } from './http/gate'
import { createRouter } from './http/router'
import { createSignIn } from './http/sign-in'
import { createStepUp, type StepUpOptions } from './http/step-up'
import { endNotedSession } from './http/visitor'
import { createWebhooks } from './http/webhooks'
import type { TwoFactorOptions } from './options'
import { refuseRequest } from './settings/check'
import { resolveSettings } from './settings/resolve'
import { checkUserId } from './settings/user'

/** The second factor of one app: its middleware, and its calls for routes of the app's own. */
export interface TwoFactor extends AppCalls {
  /** The routes, under the option `path`. */
  router(): RequestHandler
  /** Takes what the channels say of messages and calls; before any body parser. */
  webhooks(): RequestHandler
  /** Holds everything mounted after it. */
  gate(options?: GateOptions): RequestHandler
  /** Asks for the second factor again before one route. */
  stepUp(options: StepUpOptions): RequestHandler
  /** Follows the first factor at the app's sign-in. */
  signIn(): RequestHandler
  /** Ends the session's grant; the app ends its own session. */
  signOut(req: Request): Promise<void>
  /** Ends all grants, devices and challenges of a user: to be called when the password changes. */
  invalidate(userId: string): Promise<void>
  readonly admin: Admin
  readonly sending: SendingCalls
  on<Name extends EventName>(event: Name, listener: Listener<Name>): void
}

/**
 * Makes the second factor of an app.
 * @throws {@link TwoFactorError} `ERR_TFA_CONFIG` naming the option that is wrong, and the fix
 */
export function createTwoFactor(options: TwoFactorOptions): TwoFactor {
  const settings = resolveSettings(options)
  const core: Core = {
    settings,
    keys: createKeyRing(settings.keys, settings.randomBytes),
    events: createEvents(),
    channels: new Map(settings.channels.map((channel) => [channel.method, channel])),
  }
  checkTexts(core)
  warnOfSetUp(core)
  let isGated = false
  core.events.on('challenge.opened', ({ purpose }) => {
    if (purpose === 'sign-in' && !isGated) warnOnce('nothing is held: `app.use(twoFactor.gate())` is missing')
  })
  return {
    router: (...given: unknown[]) => {
      refuseRequest(given[0], 'router')
      return createRouter(core)
    },
    webhooks: (...given: unknown[]) => {
      refuseRequest(given[0], 'webhooks')
      return createWebhooks(core)
    },
    gate: (gateOptions = {}) => {
      isGated = true
      return createGate(core, gateOptions)
    },
    stepUp: (stepUpOptions) => {
      isGated = true
      return createStepUp(core, stepUpOptions)
    },
    signIn: (...given: unknown[]) => {
      refuseRequest(given[0], 'signIn')
      return createSignIn(core)
    },
    signOut: (req) => signOut(core, req),
    invalidate: async (userId) => revokeAll(core, checkUserId(userId), 'password-changed'),
    admin: createAdmin(core),
    sending: createSendingCalls(core),
    on: (event, listener) => core.events.on(event, listener),
    ...createAppCalls(core),
  }
}

async function signOut(core: Core, req: Request): Promise<void> {
  const isEnded = await endNotedSession(core, req)
  if (!isEnded && process.env.NODE_ENV !== 'production') warnOnce(SIGN_OUT_TOO_LATE)
}

const SIGN_OUT_TOO_LATE =
  'signOut(req) found nothing to end: call it before `req.logout()` or anything else that replaces or destroys the session'

const warned = new Set<string>()

function warnOnce(warning: string): void {
  if (!warned.has(warning)) process.emitWarning(warning, 'TwoFactorWarning')
  warned.add(warning)
}

function warnOfSetUp(core: Core): void {
  const { channels, countries, origin } = core.settings
  if (process.env.NODE_ENV === 'production' && origin.startsWith('http:')) {
    process.emitWarning('option `origin` is not https, in production', 'TwoFactorWarning')
  }
  if (channels.length > 0 && countries.length === 0) {
    process.emitWarning('option `countries` is empty: no number may be sent to', 'TwoFactorWarning')
  }
  inspectStore(core)
}

/** Says loudly, once, what is wrong with the store: one that evicts drops locks and used marks. */
function inspectStore({ settings, events }: Core): void {
  settings.store.inspect().then(
    (problems) => {
      for (const problem of problems) {
        process.emitWarning(problem, 'TwoFactorWarning')
        events.emit('store.unsafe', { problem })
      }
    },
    () => process.emitWarning('the store could not be inspected: it did not answer', 'TwoFactorWarning'),
  )
}
