import type { Request, Response } from 'express'

/** One account of the app that the documentation's samples belong to. */
export interface Account {
  id: string
  email: string
}

const PASSWORD = 'correct horse battery staple'
const ACCOUNTS: readonly Account[] = [
  { id: 'user-1', email: 'ada@acme.example' },
  { id: 'user-2', email: 'bob@acme.example' },
]

const byEmail = (email: string) => ACCOUNTS.find((account) => account.email === email)

/** The app's own users, as the samples use them. */
export const users = {
  async signIn(email: string, password: string): Promise<Account | null> {
    return password === PASSWORD ? (byEmail(email) ?? null) : null
  },
  async find(id: string): Promise<Account | null> {
    return ACCOUNTS.find((account) => account.id === id) ?? null
  },
  async idOf(email: string, password: string): Promise<string | null> {
    return (await users.signIn(email, password))?.id ?? null
  },
  async setPassword(_id: string, _password: string): Promise<void> {},
}

/** A route of the app's that moves money. */
export function payOut(_req: Request, res: Response): void {
  res.json({ paid: true })
}
