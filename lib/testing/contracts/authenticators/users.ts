import { deepEqual, equal } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { authenticator, type Check, enrol, replaceCodes, STEP, T0, versionOf } from './records'

/** User ids that end a string, a key, a line or a statement where ids are pasted instead of passed. */
const ODD_USER_IDS: Readonly<Record<string, string>> = {
  'a colon': 'x:y',
  'another colon': 'x:y:z',
  braces: '{u}:grants',
  'an opening brace': '}{',
  quotes: `o'brien "the" \`user\``,
  'a statement': `'; DROP TABLE two_factor_users; --`,
  'a wildcard': '%_*?',
  'a backslash': 'a\\b\\',
  CRLF: 'a\r\nDEL b',
  NUL: 'a\0b',
  'another NUL': 'a\0c',
  nothing: '',
  'a blank': ' ',
  'a trailing blank': 'x ',
  'an emoji': 'zoë-🔐',
  'a decomposed accent': 'zoe\u0308-🔐',
  'half an emoji': 'a\ud83d',
  'half another emoji': 'a\ud83c',
  'upper case': 'X:Y',
  'a name every object has': '__proto__',
  '10 kB': Array.from({ length: 700 }, (_, at) => `long-user-${at}`).join('|'),
  'another 10 kB': Array.from({ length: 701 }, (_, at) => `long-user-${at}`).join('|'),
}

/** Checks that users, whatever their ids look like, never meet. */
export function checkUsers(check: Check): void {
  check('one user changes → another with the same authenticator id does not', async (store, userId) => {
    const other = randomUUID()
    await enrol(store, userId, authenticator('t'))
    await enrol(store, other, authenticator('t'))
    await replaceCodes(store, other, ['h1'])
    equal(await store.claimRecoveryCode(userId, ['h1'], T0), false)
    await store.countFailure(userId, 't')
    await store.describe(userId, 't', { label: 'Mine' })
    await store.accept(userId, 't', { at: T0, step: STEP })
    const version = await versionOf(store, userId)
    await store.change(userId, version, { remove: 'all', recoveryCodes: [] })
    const { authenticators, recoveryCodes } = await store.load(other)
    deepEqual([authenticators, recoveryCodes], [[authenticator('t')], { remaining: 1, total: 1 }])
  })
  check('user ids of any shape → each has its own record', async (store, run) => {
    const userIds = [...new Set(Object.values(ODD_USER_IDS).flatMap((odd) => [`${run}${odd}`, `${odd}${run}`]))]
    for (const [at, userId] of userIds.entries()) {
      equal(await store.markPrompted(userId, T0 + at), T0 + at)
      equal(await store.change(userId, 0, { add: authenticator('t', { label: `${at}` }) }), true)
    }
    for (const [at, userId] of userIds.entries()) {
      const { firstPromptAt, authenticators } = await store.load(userId)
      deepEqual([firstPromptAt, authenticators[0]?.label], [T0 + at, `${at}`])
    }
  })
}
