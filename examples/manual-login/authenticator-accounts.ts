import { randomUUID } from 'node:crypto'
import type { Clock } from 'express-two-factor'
import { type AuthenticatorApp, authenticatorApp } from 'express-two-factor/testing'

const STEP_MS = 30_000
const MOST_ACCOUNTS = 20
const LONGEST_NAME = 100
/** Base32 of 80 bits or more. */
const SETUP_KEY = /^[A-Z2-7]{16,128}$/
/** What the package asks of an app; an app without the others would show wrong codes for them. */
const SUPPORTED = { algorithm: 'SHA1', digits: '6', period: '30' }

/** An account as the authenticator app shows it. */
export interface ShownAccount {
  id: string
  name: string
  code: string
  secondsLeft: number
}

/** The authenticator app beside the virtual phone: it forgets its accounts when the server stops. */
export interface AuthenticatorAccounts {
  /** Newest first. */
  shown(): readonly ShownAccount[]
  /**
   * @param typed - a setup key in any spelling, or an otpauth URI
   * @returns false when it is neither
   */
  add(typed: string, name: string): boolean
  /** @returns false when there is no such account */
  remove(id: string): boolean
}

interface Account {
  id: string
  name: string
  app: AuthenticatorApp
}

export function openAuthenticatorAccounts(clock: Pick<Clock, 'now'>): AuthenticatorAccounts {
  let accounts: readonly Account[] = []
  return {
    shown() {
      const secondsLeft = Math.ceil((STEP_MS - (clock.now() % STEP_MS)) / 1000)
      return accounts.map(({ id, name, app }) => ({ id, name, code: app.code(), secondsLeft }))
    },
    add(typed, name) {
      const read = typed.trim().startsWith('otpauth:') ? readUri(typed.trim()) : { key: typed, name }
      const key = read?.key.replace(/[\s-]/g, '').toUpperCase() ?? ''
      if (!read || !SETUP_KEY.test(key)) return false
      const account = { id: randomUUID(), name: nameOf(read.name), app: authenticatorApp(key, clock) }
      accounts = [account, ...accounts].slice(0, MOST_ACCOUNTS)
      return true
    },
    remove(id) {
      const before = accounts.length
      accounts = accounts.filter((account) => account.id !== id)
      return accounts.length < before
    },
  }
}

function nameOf(typed: string): string {
  return typed.trim().slice(0, LONGEST_NAME) || 'Account'
}

/** @see the Key URI Format of Google Authenticator */
function readUri(typed: string): { key: string; name: string } | null {
  const uri = URL.canParse(typed) ? new URL(typed) : null
  if (uri?.host !== 'totp') return null
  const isSupported = Object.entries(SUPPORTED).every(
    ([name, value]) => (uri.searchParams.get(name) ?? value).toUpperCase() === value,
  )
  if (!isSupported) return null
  return { key: uri.searchParams.get('secret') ?? '', name: decodeLabel(uri.pathname) }
}

function decodeLabel(pathname: string): string {
  try {
    return decodeURIComponent(pathname.slice(1))
  } catch {
    return ''
  }
}
