-- Counts one more for KEYS[1], or refuses it.
-- ARGV: the most that are allowed; the width of a slice in ms; how many slices
-- make the whole stretch. The key is a hash of slice number -> count.
-- Answers {1 or 0, how many remain, ms to wait}.
local key = KEYS[1]
local max, width, slices = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- Redis's clock, so that the clocks of the program's copies do not matter.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local current = math.floor(now / width)

local total, kept = 0, {}
local counts = redis.call('HGETALL', key)
for i = 1, #counts, 2 do
  local slice, count = tonumber(counts[i]), tonumber(counts[i + 1])
  -- Slices far ahead were counted before the clock was set back.
  if slice < current - slices or slice > current + slices then
    redis.call('HDEL', key, counts[i])
  else
    total = total + count
    kept[#kept + 1] = {slice = slice, count = count}
  end
end

if total < max then
  redis.call('HINCRBY', key, string.format('%.0f', current), 1)
  redis.call('PEXPIRE', key, (slices + 2) * width)
  return {1, max - total - 1, 0}
end

table.sort(kept, function(a, b) return a.slice < b.slice end)
for _, oldest in ipairs(kept) do
  total = total - oldest.count
  if total < max then
    return {0, 0, (oldest.slice + slices + 1) * width - now}
  end
end
return {0, 0, slices * width}
