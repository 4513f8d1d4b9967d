import type { AppViews } from '../pages/models'
import { misconfigured } from './check'

const VIEW_NAMES = {
  challenge: true,
  setup: true,
  totpEnrolment: true,
  phoneEnrolment: true,
  recoveryCodes: true,
  settings: true,
  reauthenticate: true,
  problem: true,
} as const satisfies Record<keyof AppViews, true>

/** Checks the views that the app writes itself: a known name each, and a function. */
export function checkViews(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw misconfigured(name, 'must be an object of functions')
  for (const [view, render] of Object.entries(value)) {
    if (!Object.hasOwn(VIEW_NAMES, view))
      throw misconfigured(`${name}.${view}`, `does not exist; known are ${Object.keys(VIEW_NAMES).join(', ')}`)
    if (render !== undefined && typeof render !== 'function')
      throw misconfigured(`${name}.${view}`, 'must be a function')
  }
  return { ...value }
}
