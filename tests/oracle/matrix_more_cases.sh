# More cases of the matrix: transactions, groups with members, and what asks, chooses and copies. Sourced.

# Kafka's own producer has written both topics, and the directory has its log.
cases["what is committed"]='
t consume ended; t consume ended --isolation-level read_uncommitted -F "%o %k %s\n"
t topic describe ended --json; t consume ended -o -3; t consume ended -o 3:; t consume ended -n 2
t get ended a; t get ended c; t get ended c --isolation-level read_uncommitted; t get ended --all -K =
t consume ended --order time; t wait topic ended --records 4 --timeout 20s; t wait topic ended --records 5 --timeout 1s
t consume ended -g ended; t group describe ended; t consume ended -g ended --fail-if-empty
t consume ended -g ended.c -- cat; t group describe ended.c'

cases["a transaction that nobody ends"]='
t consume open 2>&1 | sed "s/producer [0-9]*/PRODUCER/"; t consume open --isolation-level read_uncommitted
t topic describe open --json; t consume open -o end; t consume open -o -1; t get open c; t get open a
t consume open -g open -q; t group describe open; t consume open -g open -q --fail-if-empty
t wait topic open --records 2 --timeout 1s; t topic trim open --before 1 -p 0; t consume open -q'

cases["a follower behind markers"]='
kafdir consume ended -g behind -f -q --commit-interval 100ms >"$SCRATCH/behind" & member=$!
t wait group behind --lag 0 --timeout 30s
kill $member; wait $member; echo "= $?"; cat "$SCRATCH/behind"; t group describe behind'

cases["a group with a member"]='
t topic create m12 -p 2; seq 1 20 | sed "s/.*/&:&/" | t produce m12 -K :
kafdir consume m12 -g m12 -f -q --commit-interval 100ms --client-id reader >"$SCRATCH/m12" & member=$!
t wait group m12 --members 1 --timeout 30s; t wait group m12 --lag 0 --timeout 30s
t group describe m12 | awk "{ print \$1, \$2, \$3, \$4, \$5, \$6, \$9 }"; t group describe m12 --members | awk "{ print \$1, \$4, \$5 }"
t group describe m12 --state | awk "{ print \$1, \$3, \$4 }"; kafdir group list --json | jq -c "select(.group == \"m12\") | [.state, .members]"
t group reset m12 --topic m12 --to-earliest 2>&1 | sed "s/stop its members.*/MEMBERS/"
t group reset m12 --topic m12 --to-earliest --dry-run 2>&1 | sed "s/stop its members.*/MEMBERS/"
t group delete m12 2>&1 | sed "s/stop its members.*/MEMBERS/"
kafdir consume m12 -g m12 -f -q --commit-interval 100ms --client-id second >"$SCRATCH/m12.2" & second=$!
t wait group m12 --members 2 --timeout 30s
until [ "$(kafdir group describe m12 --json -q | jq "[.partitions[].member_id | values] | unique | length")" = 2 ]; do sleep 0.2; done
t group describe m12 --members -q | awk "{ print \$5 }"
kill $second; wait $second; echo "= $?"; kill $member; wait $member; echo "= $?"
sort -n "$SCRATCH/m12" "$SCRATCH/m12.2" | cksum; t wait group m12 --members 0 --timeout 20s; t group describe m12
t group delete m12'

cases["members that leave while they join"]='
t topic create m22 -p 2; seq 1 20 | sed "s/.*/&:&/" | t produce m22 -K :
for run in 1 2 3; do
    kafdir consume m22 -g m22.$run -f -q --commit-interval 100ms >"$SCRATCH/m22" & member=$!
    t wait group m22.$run --lag 0 --timeout 30s
    kafdir consume m22 -g m22.$run -f -q --commit-interval 100ms >"$SCRATCH/m22.2" & second=$!
    t wait group m22.$run --members 2 --timeout 30s
    kill $second; wait $second; echo "= $?"; kill $member; wait $member; echo "= $?"
    t wait group m22.$run --members 0 --timeout 10s
done'

cases["a batch at work stays with its member"]='
t topic create m24 -p 4; for p in 0 1 2 3; do seq 1 4 | sed "s/^/$p./" | t produce m24 -p $p; done; : >"$SCRATCH/m24"
member() { kafdir consume m24 -g m24 -f -q --idle-timeout 8s --batch 1 -- sh -c "cat >>\"$SCRATCH/m24\"; sleep 1"; }
member & first=$!; until [ -s "$SCRATCH/m24" ]; do sleep 0.1; done; member & second=$!
wait $first; echo "= $?"; wait $second; echo "= $?"; sort "$SCRATCH/m24"; t group describe m24'

cases["a topic of a pattern is deleted"]='
t topic create m25.a; t topic create m25.b; seq 1 3 | t produce m25.a; seq 4 6 | t produce m25.b
kafdir consume "^m25[.].*" -g m25 -f -q --commit-interval 100ms >"$SCRATCH/m25" & member=$!
t wait group m25 --lag 0 --timeout 30s; seq 7 9 | t produce m25.a; t topic delete m25.a; seq 10 12 | t produce m25.b
until grep -qx 12 "$SCRATCH/m25"; do kill -0 $member || break; sleep 0.1; done; t wait group m25 --lag 0 --timeout 30s
kill $member; wait $member; echo "= $?"; grep -vx "[789]" "$SCRATCH/m25" | sort -n; t group describe m25 -q | grep m25.b'

cases["files as records"]='
t topic create m13; printf "a\0b\nc" >"$SCRATCH/m13.one"; : >"$SCRATCH/m13.two"; head -c 70000 /dev/zero >"$SCRATCH/m13.three"
t produce m13 -i file --timestamp $NOW "$SCRATCH"/m13.one "$SCRATCH"/m13.two "$SCRATCH"/m13.three
t produce m13 -i file --timestamp $NOW "$SCRATCH"/m13.none
t consume m13 --json | sed "s#$SCRATCH#S#" | cksum; t consume m13 -D "" | cksum; t consume m13 -n 1 -F "%k %s\n" | od -c | head -3'

cases["large records"]='
t topic create m23 --config max.message.bytes=5000000; head -c 3000000 /dev/zero | t produce m23 -D "" --timestamp $NOW
t consume m23 -D "" | cksum; t topic create m23.b; head -c 3000000 /dev/zero | kafdir produce m23.b -D "" 2>/dev/null; echo "= $?"; t topic describe m23.b'

cases["a topic of small records"]='
t topic create m26 -p 2 --config max.message.bytes=20000; seq 1 90000 | t produce m26; seq 1 90000 | t produce m26 -z zstd; t consume m26 | sort -n | cksum
t copy m26=m26.b; t consume m26.b | sort -n | cksum; t copy m26=m26.c --name m26; t consume m26.c | sort -n | cksum
t topic create m26.d --config max.message.bytes=20000; { seq 1 5; head -c 19950 /dev/zero; echo; head -c 19930 /dev/zero | tr "\0" x; } >"$SCRATCH/m26"
t produce m26.d "$SCRATCH/m26" 2>&1 | sed "s#$SCRATCH#S#"; t consume m26.d'

cases["partitions that a topic has not"]='
t topic create m27 -p 2; t topic create m27 -p 4 --if-not-exists; t topic create m27 -p 1 --if-not-exists; t topic create m27 -p 2 --if-not-exists
seq 3 | t produce m27.b -p 1; t topic describe m27.b; seq 3 | t produce m27.b -p 0; t consume m27.b; seq 3 | t produce m27.b -p 1; t group reset m27 --topic m27 --to-earliest'

cases["csv there and back"]='
t topic create m14; t produce m14 --json <"$SCRATCH/records"; t topic create m14.b
t consume m14 --format csv >"$SCRATCH/m14.csv"; t produce m14.b -i csv --keep-partition "$SCRATCH/m14.csv"
t consume m14.b --format csv | diff - "$SCRATCH/m14.csv" >/dev/null; echo "$?"; t consume m14.b --json
t produce m14.b -i csv <<<"id,id"; printf "a,b\n1\n" | t produce m14.b -i csv; printf "a,b\n1,2\n" | t produce m14.b -i csv --key-column c
t consume m14.b --format csv --columns a; t consume m14 --format csv --csv-quote-all --csv-delimiter ";"'

cases["headers and nulls"]='
t topic create m15; echo v | t produce m15 -H a=1 -H b -H c= -H "d=x=y" -H a=2 --timestamp $NOW
echo "k:" | t produce m15 -K : --timestamp $NOW; printf "NULL:NULL\nk:NULL\n" | t produce m15 -K : --null-marker NULL --timestamp $NOW
t produce m15 -k k --tombstone -H why=gone --timestamp $NOW; t consume m15 --json
t consume m15 -F "%h|%k|%s\n"; t consume m15 --filter header:a=2; t consume m15 --filter "!value" -F "%o\n"
t consume m15 --json | t produce m15 --json; t consume m15 --json -o 6: | cksum; t consume m15 -K : --strict'

cases["the latest of each key"]='
t topic create m16 -p 3; printf "a:1\nb:1\nc:1\na:2\nd:1\nb:2\n" | t produce m16 -K : --timestamp $NOW; t produce m16 -k d --tombstone --timestamp $NOW
t get m16 a; t get m16 a b nope; t get m16 nope; t get m16 d; t get m16 --all -K = | sort; t get m16 --all --json | cksum
t get m16 -p 9 a; t get nowhere a; t get m16 a --format csv; t get m16 --all -p 1 --fail-if-empty | wc -l'

cases["partitions and topics chosen"]='
t topic create m17.a -p 3; t topic create m17.b -p 2
for p in 0 1 2; do seq ${p}1 ${p}4 | t produce m17.a -p $p; done; seq 91 94 | t produce m17.b -p 1
t consume m17.a:2 m17.b:1; t consume m17.a m17.b | sort | cksum; t consume m17.a:0 -o -2; t consume m17.a -p 0,2 -o 3:
t consume m17.a m17.b -g m17 -p 1; t consume m17.b m17.nope; t consume m17.a:7; t consume m17.a:x
t consume m17.a m17.b -g m17 | sort | cksum; t group describe m17 | sort'

cases["in the order of time"]='
t topic create m18 -p 3
for n in $(seq 0 29); do echo "{\"key\":\"$n\",\"value\":\"$n\",\"timestamp\":$((NOW + n * 7 % 30))}"; done | t produce m18 --json
t consume m18 --order time; t consume m18 --order time -o -4; t consume m18 --order time -n 3; t consume m18 --order time -o @$((NOW + 27))
t consume m18 --order time -o @$((NOW + 3)):@$((NOW + 6)) --json | cksum'

cases["copies in the place"]='
t topic create m19 -p 2 --config retention.ms=86400000; seq 1 50 | sed "s/.*/&:&/" | t produce m19 -K : --timestamp $NOW
t copy m19=m19.b; t consume m19.b --json | cksum; t copy m19=m19.b; t copy m19=m19.b --append; t consume m19.b | wc -l
t copy m19=m19.c -p 5; t consume m19.c --json | cksum; t copy m19=m19.d --dry-run; t topic describe m19.d; t copy m19.nope=m19.e
t copy m19=m19.f --json; t topic describe m19.b --json'

cases["what is refused"]='
t topic create m20 -p 2; seq 1 9 | t produce m20 -p 0
t topic trim m20 --before 3; t topic trim m20 --before 99 -p 0; t topic trim m20 --before 3 -p 7; t topic trim nowhere --before 1
t topic trim m20 --before 2 -p 0 --dry-run; t topic trim m20 --before @$NOW --json; t topic delete nowhere; t topic delete m20 nowhere; t topic describe m20
t topic create m20 -p 1; t topic alter nowhere -p 3
t group commit m20g nowhere:0=1; t group commit m20g m20:5=1; t group describe m20g; t group delete m20g; t group reset m20g --topic nowhere --to-earliest
t produce nowhere --no-create <<<x; t produce "no/where" <<<x; t produce m20 -z no </dev/null; t copy m20 --to kafka:nowhere'

cases["rates"]='
t topic create m21 -p 2
t bench produce m21 --records 3000 --size 50 --json | jq -c "[.records, .bytes]"; t consume m21 | wc -l
t bench consume m21 --json | jq -c "[.records]"; t bench latency m21 --records 5 --json | jq -c ".records"; t bench consume m21.nope'

# Stopped, the reader sees neither the deletion nor the creation until there is a longer log of that name. A directory knows
# by what a group has committed that it is of another topic, a cluster has forgotten it.
made_again='
kill -STOP $reader; t topic delete $topic; t topic create $topic; seq 101 130 | t produce $topic; kill -CONT $reader
timeout 20 cat <&3 || kill $reader; wait $reader; echo "= $?"; t consume $topic | cksum'
cases["a topic made again under a follower"]='
topic=m31; t topic create m31; seq 1 10 | t produce m31
exec 3< <(exec kafdir consume m31 -f 2>"$SCRATCH/said"); reader=$!; for n in $(seq 10); do read -r line <&3; done
'$made_again'; cat "$SCRATCH/said"'
cases["a topic made again under a member"]='
topic=m32; t topic create m32; seq 1 10 | t produce m32
exec 3< <(exec kafdir -q consume m32 -g m32 -f 2>"$SCRATCH/said"); reader=$!; for n in $(seq 10); do read -r line <&3; done
t wait group m32 --lag 0 --timeout 20s'$made_again'; grep -o "was deleted" "$SCRATCH/said"'
cases["a topic made again under a copy"]='
topic=m33; t topic create m33; seq 1 10 | t produce m33
kafdir -q copy m33=m33.b --follow 2>"$SCRATCH/said" 3<&- & reader=$!; t wait topic m33.b --records 10 --timeout 20s
exec 3</dev/null'$made_again'; grep -o "was deleted and created again" "$SCRATCH/said"; t consume m33.b | wc -l'
