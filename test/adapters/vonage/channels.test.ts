import { vonageSms, vonageVoice } from '../../../lib/adapters/vonage'
import { smsText } from '../../../lib/adapters/vonage/text'
import { startVonageStandIn, type VonageStandIn } from '../../../lib/testing/vonage-stand-in'
import { codeMessage, errorOf, makeKeys } from './support'

const { privateKey, publicKey } = makeKeys()
let vonage: VonageStandIn
const options = () => ({ applicationId: 'app-1', privateKey, from: 'Acme', apiHost: vonage.apiHost })

beforeAll(async () => {
  vonage = await startVonageStandIn({ publicKey })
})
beforeEach(() => vonage.clear())
afterAll(() => vonage.stop())

describe('a text through Vonage’s Messages API', () => {
  it('is sent with the very fields of the definition, and the id comes back', async () => {
    const message = codeMessage({ host: 'acme.example', expiresInMs: 300_000 })
    const result = await vonageSms(options()).send(message)
    expect(vonage.requests).toHaveLength(1)
    expect(vonage.messages.map(({ body }) => body)).toEqual([
      {
        channel: 'sms',
        message_type: 'text',
        to: '33612345678',
        from: 'Acme',
        text: smsText(message),
        client_ref: 'send-1',
        ttl: 300,
        sms: { encoding_type: 'auto' },
      },
    ])
    expect(result).toEqual({ status: 'sent', messageId: vonage.messages[0]?.messageUuid, parts: 1 })
  })

  it('has the sender of the number’s country, and of the rest', async () => {
    const sms = vonageSms({ ...options(), from: { US: '12025550123', '*': 'Acme' } })
    for (const country of ['US', 'FR', 'toString']) await sms.send(codeMessage({ country }))
    expect(vonage.messages.map(({ body }) => body.from)).toEqual(['12025550123', 'Acme', 'Acme'])
    const voice = vonageVoice({ ...options(), voiceFrom: { US: '12025550123' } })
    for (const country of ['US', 'FR']) await voice.send(codeMessage({ country }))
    expect(vonage.calls.map(({ body }) => body.from ?? body.random_from_number)).toEqual([
      { type: 'phone', number: '12025550123' },
      true,
    ])
  })

  it('carries a Bearer token of the application and no key', async () => {
    await vonageSms(options()).send(codeMessage())
    const { authorization = '' } = vonage.requests[0]?.headers ?? {}
    const claims = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString())
    expect(authorization).toMatch(/^Bearer /)
    expect(claims).toMatchObject({ application_id: 'app-1', jti: expect.any(String), exp: expect.any(Number) })
  })

  it.each([
    [1, 20],
    [19_001, 20],
    [600_000, 600],
    [10 ** 12, 604_800],
  ])('turns %i ms left into a ttl of %i seconds', async (expiresInMs, ttl) => {
    await vonageSms(options()).send(codeMessage({ expiresInMs }))
    expect(vonage.messages[0]?.body.ttl).toBe(ttl)
  })

  it('keeps the reference within the 100 characters of client_ref', async () => {
    const result = await vonageSms(options()).send(codeMessage({ reference: 'r'.repeat(300) }))
    expect(result.status).toBe('sent')
    expect(vonage.messages[0]?.clientRef).toBe('r'.repeat(100))
  })

  it('is in French for a French user, within one GSM-7 part', async () => {
    await vonageSms(options()).send(codeMessage({ locale: 'fr', action: 'Virement de 250 € à Zoë Lefèvre' }))
    expect(vonage.messages[0]?.text).toBe(
      '042917 est votre code Acme pour confirmer : Virement de 250 € à Zoe Lefèvre. Valable 10 min. Ne le donnez à personne.',
    )
  })
})

describe('a text in the app’s own words', () => {
  const texts = {
    en: { code: '{code} logs you in to {issuer}.' },
    fr: { code: '{code} : reçu de {issuer} pour être connecté, valable {minutes} min, à taper sans délai.' },
  }

  it('is what Vonage is given, and says how many messages it is charged as', async () => {
    const sms = vonageSms({ ...options(), texts, maxParts: 2 })
    const english = await sms.send(codeMessage({ host: 'acme.example' }))
    const french = await sms.send(codeMessage({ host: 'acme.example', locale: 'fr' }))
    expect(vonage.messages.map(({ text }) => text)).toEqual([
      '042917 logs you in to Acme.\n@acme.example #042917',
      '042917 : reçu de Acme pour être connecté, valable 10 min, à taper sans délai.\n@acme.example #042917',
    ])
    expect([english, french]).toMatchObject([{ parts: 1 }, { parts: 2 }])
  })

  it('is looked at before anything is sent: too long a one is an error with what it would cost', () => {
    const sms = vonageSms({ ...options(), texts })
    expect(() => sms.check?.(codeMessage())).not.toThrow()
    const error = errorOf(() => sms.check?.(codeMessage({ locale: 'fr' })))
    expect(error.code).toBe('ERR_TFA_CONFIG')
    expect(error.message).toContain("'texts.fr.code': with its last lines it makes 2 parts")
    expect(vonage.requests).toHaveLength(0)
  })

  it('has Android’s line before the origin-bound one', async () => {
    await vonageSms({ ...options(), androidAppHash: 'FA+9qCX9VSu' }).send(codeMessage({ host: 'acme.example' }))
    expect(vonage.messages[0]?.text).toMatch(/\nFA\+9qCX9VSu\n@acme\.example #042917$/)
  })

  it('does not say what it costs where it did not leave', async () => {
    vonage.fault({ status: 402 })
    expect(await vonageSms(options()).send(codeMessage())).toEqual({ status: 'failed', reason: 'account' })
  })

  it('changes nothing of a call made with the same options', async () => {
    await vonageVoice({ ...options(), texts, maxParts: 2, androidAppHash: 'FA+9qCX9VSu' }).send(codeMessage())
    const [call] = vonage.calls
    await vonageVoice(options()).send(codeMessage())
    expect(vonage.calls[1]?.body).toEqual(call?.body)
  })
})

describe('a call through Vonage’s Voice API', () => {
  it('is made with the very fields of the definition, from a number of the account', async () => {
    const result = await vonageVoice({ ...options(), voiceFrom: '33612345600' }).send(codeMessage({ locale: 'fr' }))
    expect(vonage.requests).toHaveLength(1)
    expect(vonage.calls[0]?.body).toEqual({
      to: [{ type: 'phone', number: '33612345678' }],
      from: { type: 'phone', number: '33612345600' },
      ncco: [{ action: 'talk', language: 'fr-FR', text: expect.stringMatching(/^<speak>Bonjour\..*<\/speak>$/) }],
      machine_detection: 'hangup',
      ringing_timer: 30,
      length_timer: 60,
    })
    expect(result).toEqual({ status: 'sent', messageId: vonage.calls[0]?.uuid })
  })

  it('comes from a random number of the application without voiceFrom, never from the texts’ sender id', async () => {
    await vonageVoice(options()).send(codeMessage())
    expect(vonage.calls[0]?.body).toMatchObject({ random_from_number: true })
    expect(vonage.calls[0]?.body).not.toHaveProperty('from')
  })

  it.each([
    ['+447400123456', 'en', 'en-GB'],
    ['+33612345678', 'en', 'en-GB'],
    ['+12125552368', 'en', 'en-US'],
    ['+12125552368', 'fr', 'fr-FR'],
  ] as const)('speaks to %s in %s with the voice %s', async (to, locale, language) => {
    await vonageVoice(options()).send(codeMessage({ to, locale }))
    expect(vonage.calls[0]?.language).toBe(language)
  })

  it('survives an action made of markup: the SSML stays well-formed', async () => {
    const result = await vonageVoice(options()).send(codeMessage({ action: '</speak> & <break' }))
    expect(result.status).toBe('sent')
    expect(vonage.calls[0]?.words).toContain('It confirms: </speak> & <break.')
  })
})
