/**
 * A39. The attacker enrols a number that earns him money, or is none: a premium line, an extension, a second line with a
 * command, digits of another script that a filter does not know and a library does.
 * What must happen: 422 (400 for what is no text) before any call out, and nothing is charged to a budget.
 */
import request from 'supertest'
import { reauthenticate, signIn } from '../support/journeys'
import { openService } from '../support/security'

const REFUSED: readonly [phone: unknown, status: number][] = [
  ['0612345678\r\n', 422],
  ['0612345678\nTo: +33899', 422],
  ['0612345678;ext=12', 422],
  ['0612345678 ext. 12', 422],
  ['0612345678x12', 422],
  ['06 12 34 56 78 #12', 422],
  ['tel:+33612345678', 422],
  ['+33612345678;phone-context=+1', 422],
  ['０６１２３４５６７８', 422],
  ['٠٦١٢٣٤٥٦٧٨', 422],
  ['06１2345678', 422],
  ['06\u00a012345678', 422],
  ['\u202a0612345678', 422],
  ['0612345678\u200b', 422],
  ['++33612345678', 422],
  ['+33+612345678', 422],
  ['0612+345678', 422],
  ['0612345678,,12', 422],
  ['0612345678*12', 422],
  ['0899123456', 422],
  ['+33 89 91 23 45 6', 422],
  ['3250', 422],
  ['36 17', 422],
  ['112', 422],
  ['15', 422],
  ['0800123456', 422],
  ['1-800-FLOWERS', 422],
  ['06 AB CD EF GH', 422],
  // Found in a text by a library that extracts numbers: this is no number.
  ['call 0612345678', 422],
  ['0612345678 please', 422],
  ['0612345678 / 0623456789', 422],
  // Premium and shared-cost lines in the forms people write, and one of another listed country.
  ['0899 12 34 56', 422],
  ['+33 806 12 34 56', 422],
  ['+33 3 00 00 00 00 00', 422],
  // No network has these.
  ['+33 0 12 34 56 78', 422],
  ['0212', 422],
  ['+210 612345678', 422],
  ['0612', 422],
  ['061234567890123', 422],
  ['0012', 422],
  ['+', 422],
  ['', 422],
  [' ', 422],
  ['0000000000', 422],
  ['+999612345678', 422],
  ['+88213123456', 422],
  ['1'.repeat(500), 422],
  ['+33 6 12 34 56 78'.repeat(3), 422],
  [612345678, 400],
  [['0612345678'], 400],
  [{ e164: '+33612345678' }, 400],
  [null, 400],
  [true, 400],
]

describe('a number that is none, or earns somebody money', () => {
  it('is refused for calls as for texts', async () => {
    const service = openService()
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    for (const [phone, status] of REFUSED) {
      const answer = await ada
        .post('/two-factor/authenticators')
        .send({ factor: 'phone', country: 'FR', phone, method: 'voice' })
      expect([phone, answer.status]).toEqual([phone, status])
    }
    expect(service.phone.messages).toEqual([])
  })

  it('is refused before anything is sent or charged', async () => {
    const service = openService()
    const ada = request.agent(service.app)
    await signIn(ada, 'ada')
    await reauthenticate(ada, 'ada').expect(200)
    for (const [phone, status] of REFUSED) {
      const answer = await ada
        .post('/two-factor/authenticators')
        .send({ factor: 'phone', country: 'FR', phone, method: 'sms' })
      expect([phone, answer.status]).toEqual([phone, status])
      expect(answer.text).not.toContain('ERR_TFA_BUDGET')
    }
    expect(service.phone.messages).toEqual([])
    for (let at = 0; at < 5; at += 1) {
      await ada
        .post('/two-factor/authenticators')
        .send({ factor: 'phone', country: 'FR', phone: ' 06.12-34(56)/78 ', method: 'sms' })
        .expect(201)
    }
    expect(service.phone.last()?.to).toBe('+33612345678')
  })

  it.each(['fr', 'FRA', '', 'ZZ', '__proto__', '33', ['FR'], null, '001'])(
    'in the country %p is refused',
    async (country) => {
      const service = openService()
      const ada = request.agent(service.app)
      await signIn(ada, 'ada')
      await reauthenticate(ada, 'ada').expect(200)
      const { status } = await ada
        .post('/two-factor/authenticators')
        .send({ factor: 'phone', country, phone: '0612345678', method: 'sms' })
      expect([400, 422]).toContain(status)
      expect(service.phone.messages).toEqual([])
    },
  )
})
