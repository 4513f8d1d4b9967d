-- Reads all that opening or showing a challenge needs, at one instant.
-- KEYS: grants, slot, tallies. ARGV: clock offset, handle.
-- Reply: now, epoch, grant, challenge (empty where there is none), then the tallies as a list: subject, tally, …
-- Cost: O(tallies of the user), 4 commands.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
local epoch, grant = unpack(redis.call('HMGET', KEYS[1], 'epoch', ARGV[2]))
return {now, epoch or '', grant or '', redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[3])}
