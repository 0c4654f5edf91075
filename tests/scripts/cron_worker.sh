# A worker as cron starts it: no environment to speak of, no terminal, and its output is mailed to somebody.
# Shell: POSIX
. "$EXPECT"

# The line of the crontab, as cron runs it.
cat >crontab_line <<'SCRIPT'
KAFDIR=$HOME/data; export KAFDIR; kafdir consume -q mails -g mailer --max-attempts 2 --backoff 10ms -- ./deliver
SCRIPT
# Needs the store and a tool in the PATH: what a worker takes for granted.
cat >deliver <<'SCRIPT'
#!/bin/sh
sort >batch || exit
kafdir produce -q sent <batch || exit
[ ! -e broken ] || { echo "the mail server is down" >&2; exit 75; }
SCRIPT
chmod +x deliver
job() { env -i HOME="$PWD" PATH="$PATH" SHELL=/bin/sh LOGNAME=nobody /bin/sh "$@" </dev/null; }

# works SCRIPT: whether the job does what it is for.
works() (
    rm -rf data broken batch .expect/pending
    printf 'b\na\n' | KAFDIR=data kafdir produce -q mails
    # A job that went well mails nothing, and the next one has nothing to do.
    run job "$1"
    expect 0 ''
    run job "$1"
    expect 0 ''
    # One that went wrong says why, and where it stands; when all is well again, it goes on there.
    printf 'd\nc\n' | KAFDIR=data kafdir produce -q mails
    touch broken
    run job "$1"
    expect 5 '' 'the mail server is down' './deliver failed on mails-0 offsets 2 to 3' 'stands right before, at 2'
    rm broken
    run job "$1"
    expect 0 ''
    run env KAFDIR=data sh -c 'kafdir consume mails -g mailer -q; kafdir consume sent | sort -u'
    expect 0 'a
b
c
d'
)
works crontab_line

must_fail() {
    ! (works "$1") >told 2>&1 || fail "nobody noticed what is wrong with $1"
    grep -q FAILED told || fail "$1 failed in another way: $(cat told)"
}
# A store that is somewhere else than that of the others; notes in every mail; an exit code that is thrown away.
sed 's,/data,/elsewhere,' crontab_line >elsewhere
must_fail elsewhere
sed 's/ -q / /' crontab_line >talkative
must_fail talkative
sed 's/$/ || true/' crontab_line >careless
must_fail careless
