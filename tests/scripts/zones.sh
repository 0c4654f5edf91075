# The same directory, looked at from several time zones.
# Shell: POSIX
. "$EXPECT"
export KAFDIR="$PWD/store"

for hour in 10 11 12 13; do
    echo "$hour" | run kafdir produce -q t --timestamp "2026-06-01T$hour:00:00Z"
    expect 0 ''
done
run kafdir consume t -o @2026-06-01T12:00:00
expect 0 '12
13'
run env TZ=Europe/Berlin kafdir consume t -o @2026-06-01T12:00:00
expect 0 '10
11
12
13'
run env TZ=America/New_York kafdir consume t -o @2026-06-01T08:00:00
expect 0 '12
13'
run env TZ=Asia/Tokyo kafdir consume t -o @2026-06-01T20:00:00:@2026-06-01T21:00:00
expect 0 11
for zone in UTC Europe/Berlin Asia/Kolkata; do
    run env TZ=$zone kafdir consume t -o @2026-06-01T12:00:00Z
    expect 0 '12
13'
    # What a program reads is the same everywhere.
    run env TZ=$zone kafdir consume t -n 1 -F '%T\n'
    expect 0 1780308000000
done

# What one writes in local time, another finds in theirs.
echo local | run env TZ=Asia/Tokyo kafdir produce -q zoned --timestamp 2026-06-01T09:30:00
expect 0 ''
run env TZ=UTC kafdir consume zoned -F '%T %s\n'
expect 0 '1780273800000 local'
is_clean
