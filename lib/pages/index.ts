import { viewChallenge } from './challenge'
import { formatsOf } from './formats'
import { layOut } from './layout'
import { wordsOf } from './locale'
import type { PageContext, ViewName, Views } from './models'
import type { Page, View } from './parts'
import { viewPhoneEnrolment } from './phone-enrolment'
import { viewProblem } from './problem'
import { viewReauthenticate } from './reauthenticate'
import { viewRecoveryCodes } from './recovery-codes'
import { viewSettings } from './settings'
import { viewSetup } from './setup'
import { viewTotpEnrolment } from './totp-enrolment'

export { pickLocale, wordsOf } from './locale'
export { SCRIPT } from './script'
export { STYLE_SHEET } from './style'

const VIEWS: { readonly [Name in ViewName]: (model: Views[Name], page: Page) => View } = {
  challenge: viewChallenge,
  setup: viewSetup,
  totpEnrolment: viewTotpEnrolment,
  phoneEnrolment: viewPhoneEnrolment,
  recoveryCodes: viewRecoveryCodes,
  settings: viewSettings,
  reauthenticate: viewReauthenticate,
  problem: viewProblem,
}

/**
 * Writes a whole page. Every value of the model and the context is escaped, the QR code's SVG alone excepted.
 * @returns HTML in the context's language, good under a Content-Security-Policy without inline script or style
 */
export function renderPage<Name extends ViewName>(view: Name, model: Views[Name], context: PageContext): string {
  const page = { ...context, words: wordsOf(context.locale), formats: formatsOf(context.locale) }
  return layOut(VIEWS[view](model, page), page).toString()
}
