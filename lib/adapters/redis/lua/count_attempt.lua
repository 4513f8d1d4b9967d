-- Counts one attempt on a tally that no challenge goes with, before anything is compared.
-- KEYS: tallies. ARGV: clock offset, subject, lock from, first lock, longest lock, cap (0: none), tallies kept.
-- Reply: counted, locked + wait. Cost: O(1), 4 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local failures, locked_until = (redis.call('HGET', KEYS[1], ARGV[2]) or '0,0'):match('(%d+),(%d+)')
if tonumber(ARGV[6]) > 0 and tonumber(failures) >= tonumber(ARGV[6]) then return {'locked', ARGV[5]} end
if tonumber(locked_until) > now then return {'locked', locked_until - now} end
local over = failures + 1 - ARGV[3]
local lock = over >= 0 and now + math.min(ARGV[4] * 2 ^ over, ARGV[5]) or 0
redis.call('HSET', KEYS[1], ARGV[2], failures + 1 .. ',' .. lock)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return {'counted'}
