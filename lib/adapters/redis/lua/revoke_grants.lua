-- Ends all grants of a user and sets a new epoch, with which challenges and pending enrolments end too.
-- KEYS: grants, devices, successor of the holder, successor of the handle to issue.
-- ARGV: clock offset, new epoch, devices (keep or end), handle to issue (empty: none), its grant, the grant's end,
--   the epoch that issuing expects, handle that must hold a grant (empty: none), handle that this is to go on with.
-- Reply: revoked; issued; stale: nothing issued, for the epoch is another or the session was ended, and nothing
--   revoked either when the holder's grant has ended. Cost: O(sessions + devices of the user), 10 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if ARGV[8] ~= '' then
  local held = redis.call('HGET', KEYS[1], ARGV[8])
  if not held or tonumber(held:match('%d+')) <= now then return 'stale' end
  redis.call('SET', KEYS[3], ARGV[9], 'PX', 60000)
end
local before = redis.call('HGET', KEYS[1], 'epoch') or ''
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'epoch', ARGV[2])
redis.call('PEXPIRE', KEYS[1], 86400000)
if ARGV[3] == 'end' then redis.call('DEL', KEYS[2]) end
if ARGV[4] == '' then return 'revoked' end
if before ~= ARGV[7] or redis.call('EXISTS', KEYS[4]) == 1 then return 'stale' end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[1], math.max(ARGV[6] - now, 86400000))
return 'issued'
