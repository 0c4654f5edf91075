# The cases of the matrix, by what they show: scripts in which `t` is kafdir and says how it ended. Each has topics of its
# own. Sourced.
declare -A cases

cases["topics are made and changed"]='
t topic create m1 -p 3 --config retention.ms=86400000
t topic create m1
t topic create m1 --if-not-exists
t topic create m1/x
t topic describe m1; t topic describe m1 --json
t topic alter m1 --config segment.ms=700000 --delete-config retention.ms
t topic alter m1 -p 5; t topic alter m1 -p 2
t topic describe m1
t topic alter m1
t topic list | grep -x m1
t topic delete m1 --dry-run; t topic delete m1
t topic delete m1; t topic delete m1 --if-exists
t topic describe m1'

cases["records keep all they have"]='
t topic create m2
t produce m2 --json <"$SCRATCH/records"
t consume m2 --json
t consume m2; t consume m2 --escape -K "\t" --null-marker NULL
t consume m2 --format csv
t consume m2 -F "%p %o %T %k %s %h\n"'

cases["every codec"]='
for codec in none gzip snappy lz4 zstd; do
    t topic create m3.$codec; seq 1 3000 | t produce m3.$codec -z $codec
    t consume m3.$codec | cksum
done'

cases["inputs of every form"]='
t topic create m4
t produce m4 -i csv --key-column id --timestamp-column at "$SCRATCH/rows.csv"
printf "a:1\nb:2\n" | t produce m4 -K : --timestamp $NOW
printf "x\0y\0" | t produce m4 -0 --timestamp $NOW
echo "{\"id\":7,\"v\":true}" | t produce m4 --key-from /id --timestamp $NOW
t produce m4 -i file --timestamp $NOW /dev/null
t produce m4 -k gone --tombstone --timestamp $NOW
echo "{\"vlaue\":1}" | t produce m4 --json
t consume m4 --json; t get m4 a; t get m4 gone; t get m4 --all -F "%k=%s\n"'

cases["partitions"]='
t topic create m5 -p 5
seq 1 500 | sed "s/.*/key&:&/" | t produce m5 -K :
t produce m5 -p 2 -k fixed <<<one; t produce m5 -p 5 <<<none
seq 1 10 | t produce m5 --partitioner roundrobin
for p in 0 1 2 3 4; do t consume m5 -p $p | cksum; done
t consume m5:1,3 | sort | cksum; t consume m5 -p 9'

cases["ranges"]='
t topic create m6
for n in $(seq 0 99); do echo "{\"value\":\"$n\",\"timestamp\":$((NOW + n))}"; done | t produce m6 --json
for range in 95: -3 +97 10:13 :2 -5:-3 end; do t consume m6 -o $range; done
t consume m6 -o @$((NOW + 50)):@$((NOW + 53)); t consume m6 -o @$((NOW + 97))
t consume m6 --from 3 --to 5; t consume m6 -n 2; t consume m6 -o 98 -n 9
t consume m6 -o 200; t consume m6 -o end --fail-if-empty
t consume m6 --filter "value*=9" -n 3; t consume m6 --order time -o -2
t consume nowhere; t consume m6 -o 5:3'

cases["groups to the end"]='
t topic create m7 -p 2
seq 1 20 | sed "s/.*/&:&/" | t produce m7 -K :
t consume m7 -g m7 | sort -n; t consume m7 -g m7; t consume m7 -g m7 --fail-if-empty
seq 21 23 | sed "s/.*/&:&/" | t produce m7 -K :
t consume m7 -g m7 -n 2 | wc -l; t consume m7 -g m7 | wc -l
t consume m7 -g m7new -o end; t consume m7 -g m7none -o none
t group describe m7; t group describe m7 --json; t group list | grep m7'

cases["a command and its exit code"]='
t topic create m8; seq 1 9 | t produce m8
t consume m8 -g m8 --batch 3 -- sh -c "grep -qx 5 && exit 7; exit 0"
t group describe m8
t consume m8 -g m8 --batch 3 --max-attempts 2 --backoff 1ms -- cat
t consume m8 -g m8b -- no-such-command; t consume m8 -g m8c --each -- sh -c "echo \$KAFDIR_OFFSET"
t topic create m8.dlq; t consume m8 -g m8d --dead-letter m8.dlq -- sh -c "! grep -qx [37]"
t consume m8.dlq -F "%s %h\n"; t group describe m8d
t topic alter m8 -p 2; t consume m8 -g m8p -P 2 -- sh -c "cat >/dev/null"
t wait group m8p --members 0 --timeout 20s; t group describe m8p'

cases["resets"]='
t topic create m9 -p 2; seq 1 40 | sed "s/.*/&:&/" | t produce m9 -K :
t consume m9 -g m9 >/dev/null
t group reset m9 --topic m9 --to-earliest --dry-run; t group reset m9 --topic m9 --to-earliest
t group reset m9 --topic m9:1 --to-offset 4; t group reset m9 --topic m9:0 --to-offset 4000
t group reset m9 --all-topics --shift-by 2 --json; t group reset m9 --topic m9 --to-latest --export
t group reset m9 --topic m9:0 --shift-by -3 --save-previous "$SCRATCH/before.csv"; cat "$SCRATCH/before.csv"
t group reset m9 --from-file "$SCRATCH/before.csv"; t group reset m9 --topic m9 --by-duration 1h
t group commit m9 m9:0=5 m9:1=6; t group commit m9 m9:0=5000; t group commit m9 m9:7=1
t group describe m9; t wait group m9 --lag 29 --timeout 20s; t wait group m9 --lag 0 --timeout 1s
t group delete m9; t group delete m9; t group describe m9; t group reset nobody --all-topics --to-earliest'

cases["trims"]='
t topic create m10 -p 2; seq 1 50 | t produce m10 -p 0; seq 1 9 | t produce m10 -p 1
t topic trim m10 --before 10 -p 0; t consume m10 -p 0 | head -1
t topic trim m10 --before -2; t topic trim m10 --before 5000 -p 0; t topic trim m10 --before 3
t topic describe m10; t topic trim m10 --before end --json; t consume m10 --fail-if-empty'

cases["waiting"]='
t topic create m11; seq 1 5 | t produce m11
t wait topic m11 --records 5 --timeout 20s --json; t wait topic m11 --records 6 --timeout 1s
t wait topic m11n --records 1 --timeout 1s; t wait topic m11n --records 1 --must-exist --timeout 5s
t wait topic m11 --records 1 --timeout 0'
