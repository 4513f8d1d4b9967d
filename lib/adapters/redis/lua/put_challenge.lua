-- Puts a challenge into its slot and notes the send that goes with it: of two racing puts one wins.
-- KEYS: grants, slot. ARGV: clock offset, handle, epoch, expected id, mode, attempts, ttl, challenge,
--   place of the send in the state (0: none), cooldown.
-- Reply: stored + now + packed, cooldown + wait, changed, stale, gone. Cost: O(1), 4 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local grant, epoch = unpack(redis.call('HMGET', KEYS[1], ARGV[2], 'epoch'))
if not grant or tonumber(grant:match('%d+')) <= now then return {'gone'} end
if (epoch or '') ~= ARGV[3] then return {'stale'} end
-- State: 1 attempts left, 2 end, 3 delivery, 4 text sent at, 5 call sent at, 6 attempts; then 7 id, 8 epoch.
local before = cjson.decode('[' .. (redis.call('GET', KEYS[2]) or ''):match('^[^\n]*') .. ']')
local is_over = not before[1] or before[8] ~= ARGV[3] or before[2] <= now
if is_over or (before[1] < 1 and (ARGV[4] == '' or ARGV[5] == 'keep')) then before = {} end
if (before[7] or '') ~= ARGV[4] then return {'changed'} end
local send = tonumber(ARGV[9])
local wait = (before[send] or 0) + ARGV[10] - now
if wait > 0 then return {'cooldown', wait} end
local state = {ARGV[6], now + ARGV[7], 0, 0, 0, ARGV[6]}
if ARGV[5] == 'keep' and before[1] then state = {before[1], before[2], 0, before[4], before[5], before[6]} end
if send > 0 then state[send], state[3] = now, 1 end
local packed = table.concat(state, ',') .. ',' .. ARGV[8]
-- Kept for one more lifetime, so that a late answer hears "expired" and not "none".
redis.call('SET', KEYS[2], packed, 'PX', state[2] - now + ARGV[7])
return {'stored', now, packed}
