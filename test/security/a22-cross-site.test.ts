/**
 * A22. A page of the attacker's makes the victim's browser post: turn it off, forget, sign out, begin an enrolment; or
 * loads the QR code of a pending enrolment as an image.
 * Hurt by it: wallabag (GHSA-56fm-hfp3-x3w3), Flask-Security (GHSA-fxq4-r6mr-9x64: the QR code by GET).
 * What must happen: 403 for every POST that another site, or a site beside ours, made the browser send; nothing changes,
 * and nothing is counted; no GET's JSON holds a secret.
 */
import request from 'supertest'
import { ROUTES } from '../../lib/http/routes/table'
import { codeFor, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { holdSession, openService } from '../support/security'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const POSTS = ROUTES.filter(({ method }) => method === 'POST').map(({ path }) => path.replace(':id', ID))
const FOREIGN: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site', Origin: 'http://blog.localhost' },
  { 'Sec-Fetch-Site': 'Same-Origin ', Origin: 'https://evil.example' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: 'http://localhost.evil.example' },
  { Origin: 'https://localhost' },
  { Origin: 'http://localhost:8080' },
  { Origin: 'http://LOCALHOST@evil.example' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost' },
]

describe('a POST from another site', () => {
  it.each(POSTS)('%s is refused with 403, before a body is read', async (path) => {
    const service = openService()
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    for (const headers of FOREIGN) {
      const refused = await agent.post(`/two-factor${path}`).set(headers).type('json').send('{"code": ')
      expect([headers, refused.status, refused.body.code]).toEqual([headers, 403, 'ERR_TFA_CROSS_SITE'])
    }
    await agent.get('/account').expect(200)
    expect((await service.authenticators.load('user-ada')).authenticators).toHaveLength(1)
  })

  it('counts no guess against the owner', async () => {
    const service = openService()
    await enrolTotp(service, 'ada')
    const ada = await holdSession(service)
    for (let at = 0; at < 12; at += 1) {
      await ada
        .post('/two-factor/challenge/verify')
        .set('Origin', 'https://evil.example')
        .type('form')
        .send({ code: '123456' })
        .expect(403)
    }
    expect((await ada.get('/two-factor/challenge').expect(200)).body.attemptsLeft).toBe(5)
  })
})

describe('a secret', () => {
  it('is in no JSON that a GET is answered', async () => {
    const service = openService()
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    const begun = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
    const { enrolmentId, setupKey } = begun.body
    expect(begun.headers['cache-control']).toBe('no-store')
    const paths = [
      `/setup?enrolment=${enrolmentId}`,
      '/setup',
      '/',
      '/challenge',
      `/authenticators/${enrolmentId}/confirm`,
      `/authenticators/${enrolmentId}`,
    ]
    for (const path of paths) {
      const { text } = await ada.get(`/two-factor${path}`)
      expect(text).not.toContain(setupKey)
      expect(text).not.toContain('<svg')
    }
    await ada
      .post(`/two-factor/authenticators/${enrolmentId}/confirm`)
      .send({ code: codeFor(service, setupKey) })
      .expect(201)
  })
})
