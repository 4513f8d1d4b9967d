import type { Connection } from './connection'
import type { RedisClient } from './options'

const UNKNOWN =
  'Redis does not tell its eviction policy (INFO memory was refused or not answered): ' +
  'make sure that maxmemory-policy is noeviction'

/**
 * Says what is wrong with the server: any eviction policy but `noeviction` drops locks, grants and used marks once
 * memory is short. Read from INFO, because managed servers refuse CONFIG.
 */
export async function inspectServer(redis: RedisClient, { call }: Connection): Promise<readonly string[]> {
  // Of a cluster every master: each has a policy of its own.
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis]
  if (nodes.length === 0) return [UNKNOWN]
  const findings = await Promise.all(nodes.map((node) => call(() => node.info('memory')).then(judge, () => UNKNOWN)))
  return [...new Set(findings)].filter(Boolean)
}

function judge(info: string): string {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  if (policy === undefined) return UNKNOWN
  if (policy === 'noeviction') return ''
  return `Redis evicts keys when memory is short: set maxmemory-policy to noeviction (it is ${policy}), or locks are lost`
}
