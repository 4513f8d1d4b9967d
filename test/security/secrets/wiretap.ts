import { inspect } from 'node:util'

const LEVELS = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const

/** Hears everything this process prints, and lets nothing of it through. */
export function tapOutput(): { heard: readonly string[]; stop(): void } {
  const heard: string[] = []
  const hear = (...said: unknown[]) => {
    heard.push(said.map((each) => (typeof each === 'string' ? each : inspect(each, { depth: null }))).join(' '))
  }
  const taps = [
    ...LEVELS.map((level) => jest.spyOn(console, level).mockImplementation(hear)),
    ...[process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((chunk) => {
        hear(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
        return true
      }),
    ),
    jest.spyOn(process, 'emitWarning').mockImplementation(hear),
  ]
  return { heard, stop: () => taps.forEach((tap) => void tap.mockRestore()) }
}
