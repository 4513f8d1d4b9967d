import { join } from 'node:path'
import express, { type Request, type Response, Router } from 'express'
import type { Channel, Clock } from 'express-two-factor'
import { type VirtualPhone, virtualPhone } from 'express-two-factor/testing'
import helmet from 'helmet'
import { type AuthenticatorAccounts, openAuthenticatorAccounts } from './authenticator-accounts'
import { followArrivals, type PhoneArrivals } from './phone-arrivals'
import { codeList, messageItem, type PhoneModel, phonePage } from './phone-page'
import { answer, sendProblem, textOf } from './respond'
import { refuseCrossSite } from './same-origin'

const FILES = join(__dirname, 'phone')

/** The phone of whoever tries the sample. Whoever opens its page reads everybody's codes: development only. */
export interface SamplePhone {
  channels: readonly Channel[]
  routes(origin: string): Router
  /** Ends what is streamed to open pages. */
  close(): void
}

export interface SamplePhoneOptions {
  print: (line: string) => void
  clock?: Clock
}

export function openPhone({ print, clock }: SamplePhoneOptions): SamplePhone {
  const phone = virtualPhone(clock ? { clock } : {})
  const arrivals = followArrivals(phone, messageItem)
  const accounts = openAuthenticatorAccounts(clock ?? Date)
  printCodes(phone, print)
  return {
    channels: phone.channels,
    routes: (origin) => phoneRoutes({ phone, arrivals, accounts }, origin),
    close: arrivals.close,
  }
}

/** Writes each code on the terminal, one line each. */
function printCodes(phone: VirtualPhone, print: (line: string) => void): void {
  phone.on('message', ({ to, method, code }) => print(`code ${code} for ${to} (${method})`))
}

interface Parts {
  phone: VirtualPhone
  arrivals: PhoneArrivals
  accounts: AuthenticatorAccounts
}

function phoneRoutes(parts: Parts, origin: string): Router {
  const router = Router()
  const parseBody = [express.json({ limit: '16kb' }), express.urlencoded({ extended: false, limit: '16kb' })]
  router.use('/phone', allowOwnScript(), refuseCrossSite(origin))
  router.get('/phone', (req, res) => showPhone(parts, req, res))
  router.get('/phone/events', (req, res) => parts.arrivals.follow(req, res))
  router.get('/phone/codes', (_req, res) => res.type('html').send(codeList(parts.accounts.shown()).markup))
  router.get(['/phone/phone.js', '/phone/phone.css'], (req, res) => {
    res.sendFile(req.path.slice('/phone/'.length), { root: FILES, cacheControl: false })
  })
  router.post('/phone/accounts', parseBody, (req: Request, res: Response) => addAccount(parts, req, res))
  router.post('/phone/accounts/:id/remove', (req, res) => removeAccount(parts, req, res))
  return router
}

/** The only page of the sample's own with a script: a file, which may ask this server and nobody else. */
function allowOwnScript() {
  const own = ["'self'"]
  const none = ["'none'"]
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: none,
      scriptSrc: own,
      styleSrc: own,
      connectSrc: own,
      imgSrc: ['data:'],
      formAction: own,
      baseUri: none,
      frameAncestors: none,
    },
  })
}

function modelOf({ phone, arrivals, accounts }: Parts): PhoneModel {
  return { messages: phone.messages.toReversed(), newest: arrivals.newest(), accounts: accounts.shown() }
}

function showPhone(parts: Parts, req: Request, res: Response): void {
  const model = modelOf(parts)
  answer(req, res, { json: { messages: model.messages, accounts: model.accounts }, page: phonePage(model) })
}

function addAccount(parts: Parts, req: Request, res: Response): void {
  const typed = { key: textOf(req, 'key'), name: textOf(req, 'name') }
  const isAdded = parts.accounts.add(typed.key, typed.name)
  if (isAdded) answer(req, res, { status: 201, json: parts.accounts.shown()[0], page: { to: '/phone' } })
  else refuseAccount(parts, req, res, typed)
}

function refuseAccount(parts: Parts, req: Request, res: Response, typed: { key: string; name: string }): void {
  const problem = { status: 400, title: 'This is neither a setup key nor an otpauth link', field: 'key' }
  sendProblem(req, res, problem, phonePage({ ...modelOf(parts), problem, typed }))
}

function removeAccount({ accounts }: Parts, req: Request, res: Response): void {
  if (accounts.remove(String(req.params.id))) answer(req, res, { page: { to: '/phone' } })
  else sendProblem(req, res, { status: 404, title: 'There is no such account' })
}
