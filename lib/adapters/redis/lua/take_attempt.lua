-- Counts one attempt on the challenge and on each brake before anything is compared, and hands the challenge out.
-- KEYS: grants, slot, tallies. ARGV: clock offset, handle, brakes (JSON: subject, from, first, longest, cap), keep for.
-- Reply: taken + grant + now + challenge, locked + grant + wait, none|expired|disabled|exhausted + grant, gone.
-- Cost: O(brakes), 5 commands and 2 per brake.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local grant, epoch = unpack(redis.call('HMGET', KEYS[1], ARGV[2], 'epoch'))
if not grant or tonumber(grant:match('%d+')) <= now then return {'gone'} end
local packed = redis.call('GET', KEYS[2]) or ''
local challenge = cjson.decode('[' .. packed:match('^[^\n]*') .. ']')
if challenge[8] ~= (epoch or '') then return {'none', grant} end
if challenge[2] <= now then return {'expired', grant} end
local brakes, wait = cjson.decode(ARGV[3]), 0
for _, brake in ipairs(brakes) do
  if brake[1] == '@authenticator' then brake[1] = challenge[9] end
  local failures, locked_until = (redis.call('HGET', KEYS[3], brake[1]) or '0,0'):match('(%d+),(%d+)')
  if brake[5] > 0 and tonumber(failures) >= brake[5] then return {'disabled', grant} end
  brake.failures, wait = failures + 1, math.max(wait, locked_until - now)
end
if wait > 0 then return {'locked', grant, wait} end
if challenge[1] < 1 then return {'exhausted', grant} end
for _, brake in ipairs(brakes) do
  local lock = brake.failures >= brake[2] and now + math.min(brake[3] * 2 ^ (brake.failures - brake[2]), brake[4]) or 0
  redis.call('HSET', KEYS[3], brake[1], brake.failures .. ',' .. lock)
  redis.call('PEXPIRE', KEYS[3], ARGV[4])
end
packed = challenge[1] - 1 .. packed:match(',.*')
redis.call('SET', KEYS[2], packed, 'KEEPTTL')
return {'taken', grant, now, packed}
