import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockFolder } from '../../../examples/manual-login/folder-lock'
import { ownFolder } from '../running'

describe('the lock of the embedded database', () => {
  const folder = ownFolder()
  afterAll(folder.remove)

  it('is refused while a process that runs has it, and free again once unlocked', () => {
    const database = join(folder.path, 'one', 'db')
    const unlock = lockFolder(database)
    expect(() => lockFolder(database)).toThrow(`${database} is in use by process ${process.pid}`)
    unlock()
    expect(existsSync(`${database}.lock`)).toBe(false)
    lockFolder(database)()
  })

  it('is taken over from a process that died without unlocking', () => {
    const database = join(folder.path, 'two')
    const { pid } = spawnSync('true')
    writeFileSync(`${database}.lock`, `${pid} 123456`)
    const unlock = lockFolder(database)
    expect(readFileSync(`${database}.lock`, 'utf8')).toMatch(new RegExp(`^${process.pid} `))
    unlock()
  })

  it('is taken over where the pid has come back to another process, as in a restarted container', () => {
    const database = join(folder.path, 'three')
    writeFileSync(`${database}.lock`, `${process.pid} 1`)
    const unlock = lockFolder(database)
    expect(() => lockFolder(database)).toThrow('in use')
    unlock()
  })

  it('is taken over when what is there says nothing', () => {
    const database = join(folder.path, 'four')
    writeFileSync(`${database}.lock`, '')
    lockFolder(database)()
  })

  it('does not unlock what another process has taken over meanwhile', () => {
    const database = join(folder.path, 'five')
    const unlock = lockFolder(database)
    writeFileSync(`${database}.lock`, '1 42')
    unlock()
    expect(readFileSync(`${database}.lock`, 'utf8')).toBe('1 42')
  })
})
