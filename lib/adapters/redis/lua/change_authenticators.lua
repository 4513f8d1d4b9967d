-- Changes what a user enrolled, all of it or nothing, while the version is the one that was read.
-- KEYS: authenticators. ARGV: version, what to remove (none, one, all), removed id, recovery codes (empty: keep),
--   added id (empty: none), then its fixed part, label, method, secret and uses.
-- Reply: done, changed. Cost: O(authenticators of the user).
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 'changed' end
redis.call('HINCRBY', KEYS[1], 'version', 1)
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local id = field:match('^%a+:(.*)$')
  if id and (ARGV[2] == 'all' or (ARGV[2] == 'one' and id == ARGV[3])) then redis.call('HDEL', KEYS[1], field) end
end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'recovery-codes', ARGV[4]) end
if ARGV[5] == '' then return 'done' end
for at, part in ipairs({'fixed', 'label', 'method', 'sealed', 'uses'}) do
  redis.call('HSET', KEYS[1], part .. ':' .. ARGV[5], ARGV[5 + at])
end
return 'done'
