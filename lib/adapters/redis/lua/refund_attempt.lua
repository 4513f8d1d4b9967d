-- Takes a counted attempt back, from the challenge and from each tally, with the lock it began.
-- KEYS: slot, tallies. ARGV: subjects (JSON).
-- Reply: refunded, none (no challenge). Cost: O(subjects), 2 commands and 2 per subject.
local packed = redis.call('GET', KEYS[1])
if not packed then return 'none' end
local challenge = cjson.decode('[' .. packed:match('^[^\n]*') .. ']')
redis.call('SET', KEYS[1], math.min(challenge[1] + 1, challenge[6]) .. packed:match(',.*'), 'KEEPTTL')
for _, subject in ipairs(cjson.decode(ARGV[1])) do
  if subject == '@authenticator' then subject = challenge[9] end
  local failures = tonumber((redis.call('HGET', KEYS[2], subject) or '0'):match('%d+'))
  -- An attempt is only counted while no lock is on, so a lock that is on now began with this attempt.
  if failures > 1 then redis.call('HSET', KEYS[2], subject, failures - 1 .. ',0') end
  if failures == 1 then redis.call('HDEL', KEYS[2], subject) end
end
return 'refunded'
