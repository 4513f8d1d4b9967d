import type { NewAccount, Users } from './users'

/** Accounts to try the sample with; none of them has a second factor at first. Never made in production. */
const DEMO_ACCOUNTS: readonly NewAccount[] = [
  { email: 'ada@example.com', password: 'correct horse battery staple', role: 'user' },
  {
    email: 'camille@example.com',
    password: 'agrafe pile cheval exact',
    role: 'user',
    locale: 'fr',
    phone: '+33612345678',
  },
  { email: 'admin@example.com', password: 'staple battery horse correct', role: 'admin' },
]

/**
 * Makes the demo accounts that are missing.
 * @returns a line for each: `account EMAIL "PASSWORD" (role)`
 */
export async function makeDemoAccounts(users: Users): Promise<readonly string[]> {
  return Promise.all(DEMO_ACCOUNTS.map((account) => describeAccount(users, account)))
}

async function describeAccount(users: Users, account: NewAccount): Promise<string> {
  const { email, password, role } = account
  const isDemo = (await users.create(account)) !== null || (await users.findByPassword(email, password)) !== null
  return isDemo ? `account ${email} "${password}" (${role})` : `account ${email} (${role}), its password was changed`
}
