/**
 * A1, A18, I1. The thief has the password and nothing else. He signs in, and instead of answering the challenge he asks for
 * the page he wants, by every method and spelling, or tells the server that no second factor is needed.
 * Hurt by it: wagtail-2fa (GHSA-89px-ww3j-g2mm, CVE-2026-8293) served any page after the password; Kaseya VSA
 * (CVE-2021-30120) believed the client about whether a second factor was due.
 * What must happen: everything but the sign-in steps is held, whatever the client says.
 */
import request from 'supertest'
import { PASSWORD } from '../support/app'
import { enrolTotp } from '../support/journeys'
import { BACKENDS, holdSession, openService } from '../support/security'

const FLAGS = {
  mfaRequired: false,
  twoFactor: { assurance: 'second-factor' },
  assurance: 'second-factor',
  remember: true,
}

describe.each(BACKENDS)('a thief with the password alone, on %s', (backend) => {
  it('reaches no page by any method or spelling of its path', async () => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const thief = await holdSession(service)
    for (const path of ['/account', '/ACCOUNT', '/account/', '/account?x=/two-factor/challenge', '/%61ccount']) {
      for (const method of ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const) {
        const { status, headers } = await thief[method](path)
        const asked = String(headers['www-authenticate']).includes('insufficient_user_authentication')
        expect([path, method, status, asked]).toEqual([path, method, 401, true])
      }
    }
    await thief.post('/payout').send({ amount: 1, to: 'x' }).expect(401)
    await thief.post('/email').expect(401)
  })

  it('is held whatever flags he sends, in body, query, header or cookie', async () => {
    const service = openService(backend)
    await enrolTotp(service, 'ada')
    const thief = request.agent(service.app)
    const login = { email: 'ada@example.com', password: PASSWORD, ...FLAGS }
    await thief.post('/login?mfaRequired=false').send(login).expect(200, { next: '/two-factor/challenge' })
    for (const code of [undefined, true, 'true', '']) {
      await thief
        .post('/two-factor/challenge/verify')
        .send({ ...FLAGS, code })
        .expect(400)
    }
    await thief
      .post('/two-factor/challenge')
      .send({ ...FLAGS, purpose: 'enrolment', verified: true })
      .expect(201)
    await thief
      .get('/account?assurance=second-factor')
      .set({ 'X-Two-Factor': 'passed', 'X-MFA': 'true' })
      .set('Cookie', 'two-factor=passed; mfa=1')
      .expect(401)
    await thief.get('/two-factor').expect(401)
  })
})
