/**
 * A41. The attacker sends the enrolment's request with a Host of his own, or signs up with a name that ends the label and
 * adds parameters; what the victim scans then says another issuer, or holds another secret.
 * What must happen: issuer and links come from the options; the label is encoded; no other host is in any answer.
 */
import type { Request } from 'express'
import request from 'supertest'
import { enrolPhone, enrolTotp, reauthenticate, signIn } from '../support/journeys'
import { openService } from '../support/security'

const FORGED = {
  Host: 'evil.example',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'https',
  Forwarded: 'host=evil.example',
}

describe('a forged host', () => {
  it('is in no answer: enrolment, page, redirect, problem', async () => {
    const service = openService()
    service.app.set('trust proxy', true)
    const { agent } = await enrolTotp(service, 'ada')
    await reauthenticate(agent, 'ada').expect(200)
    const begun = await agent.post('/two-factor/authenticators').set(FORGED).send({ factor: 'totp' }).expect(201)
    expect(begun.body.otpauthUri).toMatch(
      /^otpauth:\/\/totp\/Acme:user-ada\?secret=[A-Z2-7]{32}&issuer=Acme&algorithm=SHA1&digits=6&period=30$/,
    )
    const held = request.agent(service.app)
    await signIn(held, 'ada')
    const answers = [
      begun,
      await agent.get('/two-factor').set({ ...FORGED, Accept: 'text/html' }),
      await agent.get('/two-factor/setup').set({ ...FORGED, Accept: 'text/html' }),
      await held.get('/account').set(FORGED),
      await held.get('/account').set({ ...FORGED, Accept: 'text/html' }),
      await held.get('/two-factor/challenge').set({ ...FORGED, Accept: 'text/html' }),
      await held.get('/two-factor/nothing').set({ ...FORGED, Accept: 'text/html' }),
    ]
    for (const { text, headers } of answers) expect(text + JSON.stringify(headers)).not.toContain('evil.example')
  })
})

describe('a forged host at a sign-in', () => {
  it('is not in the text that is sent, whose last line names the host of the options', async () => {
    const service = openService('memory', { origin: 'https://acme.example' })
    service.app.set('trust proxy', true)
    await enrolPhone(service, 'ada')
    const ada = request.agent(service.app)
    await signIn(ada, 'ada').set(FORGED).expect(200)
    service.clock.advance(30_000)
    await ada.post('/two-factor/challenge/resend').set(FORGED).expect(202)
    const endings = service.phone.messages.map(({ text, code }) => text.split('\n').at(-1) === `@acme.example #${code}`)
    expect(endings).toEqual([true, true, true])
    expect(JSON.stringify(service.phone.messages)).not.toContain('evil')
  })
})

describe('an issuer', () => {
  it.each(['Acme:Evil', 'Acme%3AEvil:', 'https://acme.example'])(
    '%s is refused: FreeOTP takes none with a colon',
    (issuer) => {
      expect(() => openService('memory', { issuer })).toThrow(/`issuer`/)
    },
  )
})

describe('a label', () => {
  it.each(['a:b', 'a?secret=AAAA', 'a#b', 'a&issuer=Evil', 'a/b', 'a b', 'é', '%', '"><script>'])(
    '%s is encoded, and adds nothing',
    async (label) => {
      const service = openService('memory', { user: (req: Request) => (req.user ? { id: 'user-ada', label } : null) })
      const ada = request.agent(service.app)
      await signIn(ada, 'ada')
      await reauthenticate(ada, 'ada').expect(200)
      const { body } = await ada.post('/two-factor/authenticators').send({ factor: 'totp' }).expect(201)
      const uri = new URL(body.otpauthUri)
      expect(decodeURIComponent(uri.pathname)).toBe(`/Acme:${label}`)
      expect([...uri.searchParams]).toEqual([
        ['secret', body.setupKey],
        ['issuer', 'Acme'],
        ['algorithm', 'SHA1'],
        ['digits', '6'],
        ['period', '30'],
      ])
      expect(uri.hash).toBe('')
    },
  )
})
