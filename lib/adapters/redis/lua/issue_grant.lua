-- Writes a session's grant, provided the epoch it rests on is still the user's; beyond 100 one session ends,
-- the oldest of those with the password only: signing in over and over must end nobody's who proved more.
-- KEYS: grants. ARGV: clock offset, handle, grant, end of the grant, epoch.
-- Reply: issued, stale. Cost: O(1); O(sessions of the user, at most 101) when grants are swept, beyond 16 fields.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if (redis.call('HGET', KEYS[1], 'epoch') or '') ~= ARGV[5] then return 'stale' end
if redis.call('HLEN', KEYS[1]) > 16 then
  local fields, live, oldest, oldest_end = redis.call('HGETALL', KEYS[1]), 0, nil, math.huge
  for at = 1, #fields, 2 do
    local ends_at = tonumber(fields[at + 1]:match('^%[(%d+)'))
    if ends_at and ends_at <= now then
      redis.call('HDEL', KEYS[1], fields[at])
    elseif ends_at then
      live = live + 1
      if not fields[at + 1]:match('^%[%d+,"p') then ends_at = ends_at + 1e14 end
      if ends_at < oldest_end then oldest, oldest_end = fields[at], ends_at end
    end
  end
  if live >= 100 then redis.call('HDEL', KEYS[1], oldest) end
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
-- The epoch must outlive every challenge and request begun under it: a day is more than any of them lasts.
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), ARGV[4] - now, 86400000))
return 'issued'
