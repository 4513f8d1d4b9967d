import { join } from 'node:path'
import { ownFolder, type SampleHere, startHere } from '../../examples/running'

/** The sample on a database that outlives it, at one address. */
export interface RestartableSample extends SampleHere {
  /** Ends the server and starts another one; the time goes on. */
  restart(): Promise<void>
}

export async function startRestartable(env: Readonly<Record<string, string>>): Promise<RestartableSample> {
  const folder = ownFolder()
  const settings = { ...env, DATABASE_FILE: join(folder.path, 'db') }
  let sample = await startHere(settings)
  return {
    get url() {
      return sample.url
    },
    get accounts() {
      return sample.accounts
    },
    get clock() {
      return sample.clock
    },
    get lines() {
      return sample.lines
    },
    async restart() {
      const { offsetMs } = sample.clock
      const { port } = new URL(sample.url)
      await sample.close()
      sample = await startHere({ ...settings, PORT: port })
      sample.clock.advance(offsetMs)
    },
    async close() {
      await sample.close()
      folder.remove()
    },
  }
}
