import { smsText } from '../../lib/adapters/vonage/text'
import { movableClock } from '../../lib/testing/clock'
import { type PhoneMessage, virtualPhone } from '../../lib/testing/virtual-phone'
import { codeMessage } from '../adapters/vonage/support'

describe('the virtual phone', () => {
  it('has a channel for texts and one for calls', () => {
    expect(virtualPhone().channels.map(({ method }) => method)).toEqual(['sms', 'voice'])
  })

  it('keeps a text as Vonage would have been given it', async () => {
    const phone = virtualPhone({ clock: movableClock(new Date('2026-11-02T09:00:00Z')) })
    const message = codeMessage({ action: 'Pay out 250 EUR', host: 'acme.example' })
    expect(await phone.channels[0].send(message)).toEqual({ status: 'sent', messageId: 'send-1' })
    expect(phone.messages).toEqual([
      {
        to: '+33612345678',
        method: 'sms',
        text: smsText(message),
        code: '042917',
        at: expect.any(Date),
        action: 'Pay out 250 EUR',
      },
    ])
    expect(phone.last()?.at.toISOString()).toMatch(/^2026-11-02T09:00:0/)
  })

  it('keeps the words of a call, without SSML', async () => {
    const phone = virtualPhone()
    await phone.channels[1].send(codeMessage({ issuer: 'A&B' }))
    expect(phone.last()).toMatchObject({ method: 'voice', code: '042917' })
    expect(phone.last()?.text).toMatch(
      /^Hello\. This is an automatic call\. Here is your A&B code\. 0 4 2 9 1 7\. [^<>]*$/,
    )
  })

  it('finds the newest message and code of a number', async () => {
    const phone = virtualPhone()
    const [sms, voice] = phone.channels
    await sms.send(codeMessage({ code: '111111' }))
    await voice.send(codeMessage({ code: '222222' }))
    await sms.send(codeMessage({ code: '333333', to: '+447400123456' }))
    expect(phone.codeFor('+33612345678')).toBe('222222')
    expect(phone.codeFor()).toBe('333333')
    expect(phone.last('+15550000000')).toBeUndefined()
    expect(phone.codeFor('+15550000000')).toBeUndefined()
  })

  it('tells a live page of each message until it stops listening', async () => {
    const phone = virtualPhone()
    const heard: PhoneMessage[] = []
    const stop = phone.on('message', (message) => heard.push(message))
    await phone.channels[0].send(codeMessage())
    stop()
    await phone.channels[0].send(codeMessage())
    expect(heard).toEqual([phone.messages[0]])
  })

  it('delivers although a listener throws', async () => {
    const phone = virtualPhone()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation()
    phone.on('message', () => {
      throw new RangeError('gone')
    })
    expect((await phone.channels[0].send(codeMessage())).status).toBe('sent')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('RangeError'), 'TwoFactorWarning')
    warn.mockRestore()
  })

  it('gives the next sends the results it was told, in order, and nothing arrives of them', async () => {
    const phone = virtualPhone()
    phone.failNext({ status: 'failed', reason: 'throttled' })
    phone.failNext({ status: 'unknown' })
    const [sms, voice] = phone.channels
    expect(await sms.send(codeMessage())).toEqual({ status: 'failed', reason: 'throttled' })
    expect(await voice.send(codeMessage())).toEqual({ status: 'unknown' })
    expect(phone.messages).toEqual([])
    expect((await sms.send(codeMessage())).status).toBe('sent')
  })

  it('sends nothing for a caller who has already given up', async () => {
    const phone = virtualPhone()
    const result = await phone.channels[0].send(codeMessage({ signal: AbortSignal.abort() }))
    expect(result).toEqual({ status: 'failed', reason: 'timeout' })
    expect(phone.messages).toEqual([])
  })

  it('keeps the newest 500 messages, and none once cleared', async () => {
    const phone = virtualPhone()
    for (let index = 0; index < 502; index += 1)
      await phone.channels[0].send(codeMessage({ code: String(100_000 + index) }))
    expect(phone.messages).toHaveLength(500)
    expect(phone.messages[0]?.code).toBe('100002')
    phone.failNext({ status: 'unknown' })
    phone.clear()
    expect(phone.messages).toEqual([])
    expect((await phone.channels[0].send(codeMessage())).status).toBe('sent')
  })
})
