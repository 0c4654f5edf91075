# The names of topics and groups that fit at the cursor; false where no name belongs.
function __kafdir_find_names
    set -g __kafdir_found (command kafdir completions --line (commandline -cp | string collect) 2>/dev/null)
end

# The same for the value of an option.
function __kafdir_names
    __kafdir_find_names
    and string replace -r -- '^--[^=]*=' '' $__kafdir_found
end

# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kafdir_global_optspecs
    string join \n dir= log-dir= bootstrap-server= X= command-config= q/quiet h/help V/version
end

function __fish_kafdir_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kafdir_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kafdir_using_subcommand
    set -l cmd (__fish_kafdir_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kafdir -n "__fish_kafdir_needs_command" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_needs_command" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_needs_command" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_needs_command" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_needs_command" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_needs_command" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_needs_command" -s V -l version -d 'Print version'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "topic" -d 'Create, list, describe, alter, delete and trim topics'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "produce" -d 'Store records in a topic'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "consume" -d 'Print the records of topics'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "get" -d 'Print the latest record of each key'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "group" -d 'List, describe, reset, commit, delete consumer groups, and evict their members'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "wait" -d 'Wait until a topic has records, or a group has members or has caught up'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "copy" -d 'Copy topics to other names, or to another place: a directory or a Kafka cluster'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "clean" -d 'Apply retention: delete the segments that retention.ms and retention.bytes give up'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "check" -d 'Verify a directory: checksums, offsets, indexes, names, settings'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "dump" -d 'Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "bench" -d 'Measure rates and latencies: of producing, of consuming, and from one end to the other'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "tmp" -d 'Run a COMMAND with a directory of its own, which is deleted afterwards'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c kafdir -n "__fish_kafdir_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "create" -d 'Create a topic'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "list" -d 'List the topics, one name a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "describe" -d 'Show partitions, offsets, sizes and settings of topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "alter" -d 'Change a topic\'s settings, or give it more partitions'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "delete" -d 'Delete topics and all their records'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "trim" -d 'Delete the oldest records of a topic: move its log start offset'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and not __fish_seen_subcommand_from create list describe alter delete trim help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -s p -l partitions -d 'How many partitions it gets [default: num.partitions of server.properties, else 1]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l replication-factor -d 'How many brokers of a cluster hold each partition [default: as the cluster says]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l config -d 'A setting by Kafka\'s name, such as retention.ms=86400000 (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l if-not-exists -d 'Succeed without a change where the topic exists; that it has another number of partitions is said on stderr'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -l json -d 'Print what was done as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -s l -l long -d 'Add columns: partitions, topic id, settings'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -l json -d 'Print one JSON object a topic, each on a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -s p -l partitions -d 'How many partitions it has from now on, in all' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l config -d 'Set a setting by Kafka\'s name, such as retention.ms=86400000 (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l delete-config -d 'Take a setting back to its default (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -l json -d 'Print what was done as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from alter" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l if-exists -d 'Succeed where a topic does not exist'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l dry-run -d 'Only say what would be deleted'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -l json -d 'Print one JSON object a topic'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l before -d 'The first position to keep: N, end, -N, +N or @TIME' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -s p -l partition -d 'This partition only; an absolute offset needs it where the topic has several' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l dry-run -d 'Only say what would be trimmed'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -l json -d 'Print one JSON object a partition'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from trim" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create a topic'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the topics, one name a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show partitions, offsets, sizes and settings of topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "alter" -d 'Change a topic\'s settings, or give it more partitions'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete topics and all their records'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "trim" -d 'Delete the oldest records of a topic: move its log start offset'
complete -c kafdir -n "__fish_kafdir_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s i -l input -d 'What the input is [default: lines]' -r -f -a "lines\t'Records ended by the delimiter'
json\t'Records of \'consume --json\', or JSON documents, one a line'
csv\t'Rows with a header row; the columns of \'consume --format csv\' are records, lossless'
file\t'Each FILE is one record, and its name as given is the key'"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s K -l key-separator -d 'Each line is a key, SEP and a value; SEP may be several bytes and have escapes such as \\t' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s D -l delimiter -d 'What ends a record: one or more bytes, with the escapes \\n \\t \\r \\0 \\\\ \\xHH; empty: all input is one record [default: \\n]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l null-marker -d 'A key or value that is exactly STR is null; without it none is [of CSV: \\N]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l key-from -d 'Each line is a JSON document, and is the value as it stands; its key is what POINTER (RFC 6901, such as /id) finds' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l value-from -d 'Each line is a JSON document; the value is what POINTER finds in it' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l timestamp-from -d 'Each line is a JSON document; the timestamp is what POINTER finds in it: a time as --timestamp takes it' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l key-column -d 'With --input csv: the column that is the key' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l value-column -d 'With --input csv: the column that is the value; otherwise it is the row as a JSON object' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l timestamp-column -d 'With --input csv: the column that is the timestamp' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l csv-delimiter -d 'What parts the fields of CSV: one byte, or an escape such as \\t [default: ,]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l csv-quote -d 'What stands around a field of CSV that needs it, and twice within it [default: "]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l drop-header -d 'Leave out headers of the JSON or CSV whose name matches GLOB, in which * is any text (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s k -l key -d 'Give every record this key' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s H -l header -d 'Give every record this header (can be repeated); NAME alone has a null value, NAME= an empty one' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l timestamp -d 'Give every record this timestamp: seconds (10 or 11 digits) or ms since 1970, RFC 3339, YYYY-MM-DD[THH:MM:SS], or an age such as 1h [default: now]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s p -l partition -d 'Store everything in this partition' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l partitioner -d 'What decides the partition: the key\'s hash as in Kafka, or each partition in turn [default: murmur2]' -r -f -a "murmur2\t''
roundrobin\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s z -l compression -l compression-codec -d 'Compress batches [default: the topic\'s compression.type]' -r -f -a "none\t''
gzip\t''
snappy\t''
lz4\t''
zstd\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l acks -d 'When a record counts as stored: all = synced to disk; 1 = survives the death of any process, but not of the machine; 0 = not waited for' -r -f -a "0\t''
1\t''
all\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l sync-interval -d 'Sync at most once per DURATION ("500ms", "10s") while input is coming, and always before the end' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l timeout -d 'Give up after DURATION of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l resume -d 'Remember under NAME how far the FILEs are stored: started again, after any crash too, the import goes on there, and no line is lost or stored twice' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l json -d 'The same as --input json: one record of \'consume --json\' a line, lossless'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l keep-partition -d 'Store each record of the JSON or CSV in the partition that it names'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s 0 -l null -d 'The same as --delimiter \'\\0\', for find -print0 and sort -z'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l escape -d 'Lines are those of \'consume --escape\': \\n \\t \\r \\0 \\\\ \\xHH stand for bytes, and a key or value that is \\N is null'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l flexible -d 'With --input csv: take rows that have fewer or more fields than the header'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l tombstone -d 'Store one record with the key and a null value, and read no input'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l no-create -d 'Fail where the topic does not exist, instead of creating it'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s f -l follow -d 'Go on at the end of the FILEs, and store what comes as it comes'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s v -l verbose -d 'Say on stderr how many records went where'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -l summary -d 'Print how many records went where as a JSON object on stdout'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand produce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s g -l group -d 'Read as a member of the consumer group GROUP: only what its other members don\'t, on from what it has committed' -r -f -a "(__kafdir_names)"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l assignor -d 'How the members of the group divide the partitions; all of them have to agree' -r -f -a "range\t'The partitions of each topic in ranges'
roundrobin\t'One after the other'
sticky\t'Evenly, and with as few changes as possible'
cooperative-sticky\t'The same, without interrupting what stays; the default'"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l client-id -d 'What this member is called in \'kafdir group describe\' [default: kafdir]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l commit-interval -d 'How often to commit what was taken [default: 5s]; at the end it is committed in any case' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l drain-timeout -d 'How long a slow reader may take for what it was given, once a partition has to be let go or a signal asks for a stop [default: 5s]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l batch -d 'Give COMMAND at most N records at a time, of one partition [default: 500]; 0: all up to the end, in one run' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l batch-wait -d 'With --follow: wait so long for a batch to fill ("500ms", "10s")' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l max-attempts -d 'Run COMMAND up to N times for a batch that fails [default: 1]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l backoff -d 'How long to wait before the second attempt, twice as long before each further one [default: 1s]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l dead-letter -d 'Move the records that fail to TOPIC and go on' -r -f -a "(__kafdir_names)"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l max-dead-letters -d 'Stop rather than move more than N in a row, without a success in between [default: 10]: something else is broken' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s P -l parallel -d 'Run N members of the group in this one call' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s p -l partition -d 'Only these partitions of each topic, such as 0 or 0,2' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s o -l offset -d 'Where to start, or a range FROM:TO without TO itself: start, end, N, -N (before the end), +N (after the start), @TIME' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l from -d 'Where to start' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l to -d 'Where to stop: the first position that is not read any more' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l filter -d 'Only records that EXPR holds for (can be repeated: all have to hold): key=TEXT, value*=TEXT (contains), value~REGEX, header:NAME=TEXT; a field alone: not null; \'!\' before it: all others' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l order -d 'Print partition by partition, or all in the order of their timestamps; -o -N is then the last N of all' -r -f -a "partition\t'Each partition\'s exactly, one partition and then another; the default'
time\t'By timestamp, as far as each partition\'s own order allows'"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l isolation-level -d 'Which records of transactions to show: of committed ones, or of all' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s n -l max-messages -d 'End after N records' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l idle-timeout -d 'Go on after the end until nothing came for DURATION ("500ms", "10s")' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l timeout-ms -d 'The same in ms, by the name that Kafka\'s console consumer has for it' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l timeout -d 'End after DURATION in any case: with exit code 4 if the end or -n asked for was not reached' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s F -l format -d 'lines, json, csv, or a string with %-tokens' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s D -l delimiter -d 'What ends a record: one or more bytes, with the escapes \\n \\t \\r \\0 \\\\ \\xHH; may be empty [default: \\n]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s K -l key-separator -d 'Print the key and SEP before each value; a key that contains SEP is an error' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l null-marker -d 'Print STR for a key or value that is null [default: nothing; with --format csv: \\N]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l columns -d 'With --format csv: these members of values that are JSON objects, instead of the record\'s own fields' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l csv-delimiter -d 'What parts the fields of CSV: one byte, or an escape such as \\t [default: ,]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l csv-quote -d 'What stands around a field of CSV that needs it, and twice within it [default: "]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l exclusive -d 'Join only if the group has no other member, and let none in: exit with 1 otherwise'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l no-commit -d 'Commit nothing: the next run reads the same again'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l commit-on-write -d 'Count as taken what standard output accepted, where its reader can\'t be asked how far it got'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l each -d 'Run COMMAND once for each record'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l no-split -d 'Move a batch that fails as a whole, without looking for the records that are at fault'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l from-beginning -d 'Start at the beginning, which is what happens anyway'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s f -l follow -d 'Go on after the end, and print what comes as it comes'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l fail-if-empty -d 'Exit with 3 if there was no record'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l wait-topic -d 'Wait for a topic that does not exist yet'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l json -d 'The same as --format json: a record a line, lossless, and what \'produce --json\' takes back'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l json-values -d 'With --json: show keys and values that are JSON objects or arrays as such, not as strings'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s 0 -l null -d 'The same as --delimiter \'\\0\', for xargs -0 and sort -z'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l escape -d 'Make lines lossless: backslashes and the bytes of delimiter and key separator are escaped, as \\\\ \\n \\t \\r \\0 \\xHH, and null is \\N; \'produce --escape\' takes it back'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l strict -d 'Fail where a record could not be read back: it contains the delimiter, is null without a mark, or equals the mark'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -l csv-quote-all -d 'Quote every field of CSV, not only those that need it'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand consume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s p -l partition -d 'Only these partitions, such as 0 or 0,2' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l isolation-level -d 'Which records of transactions count: of committed ones, or of all' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s F -l format -d 'lines, json, csv, or a string with %-tokens' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s D -l delimiter -d 'What ends a record: one or more bytes, with the escapes \\n \\t \\r \\0 \\\\ \\xHH; may be empty [default: \\n]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s K -l key-separator -d 'Print the key and SEP before each value; a key that contains SEP is an error' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l null-marker -d 'Print STR for a key or value that is null [default: nothing; with --format csv: \\N]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l columns -d 'With --format csv: these members of values that are JSON objects, instead of the record\'s own fields' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l csv-delimiter -d 'What parts the fields of CSV: one byte, or an escape such as \\t [default: ,]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l csv-quote -d 'What stands around a field of CSV that needs it, and twice within it [default: "]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l all -d 'The latest record of every key, by partition and offset; records without a key are left out'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l fail-if-empty -d 'With --all: exit with 3 if there was no record'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l json -d 'The same as --format json: a record a line, lossless, and what \'produce --json\' takes back'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l json-values -d 'With --json: show keys and values that are JSON objects or arrays as such, not as strings'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s 0 -l null -d 'The same as --delimiter \'\\0\', for xargs -0 and sort -z'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l escape -d 'Make lines lossless: backslashes and the bytes of delimiter and key separator are escaped, as \\\\ \\n \\t \\r \\0 \\xHH, and null is \\N; \'produce --escape\' takes it back'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l strict -d 'Fail where a record could not be read back: it contains the delimiter, is null without a mark, or equals the mark'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -l csv-quote-all -d 'Quote every field of CSV, not only those that need it'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "list" -d 'List the consumer groups, one name a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "describe" -d 'Show the offsets, lag and members of groups'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "reset" -d 'Move a group to other offsets'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "commit" -d 'Commit offsets for a group by hand'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "delete" -d 'Delete groups, or what they have committed of some topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "evict" -d 'Take its partitions from a member that hangs'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and not __fish_seen_subcommand_from list describe reset commit delete evict help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -s l -l long -l state -d 'Add columns: state, members, assignor, generation'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l members -d 'Show the members: process, since when, last progress'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l verbose -d 'With --members: show which partitions each of them reads'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l state -d 'Show state, assignor and generation'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -l json -d 'Print one JSON object a group, each on a line; it holds all that the tables show'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l topic -d 'This topic, or these partitions of it (can be repeated)' -r -f -a "(__kafdir_names)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to-offset -d 'To this offset' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l shift-by -d 'So many records further on; back, if N is negative' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to-datetime -d 'To the first record of this time or later: 2026-01-31T10:00:00 (in $TZ), RFC 3339, seconds, ms, or 7d for ago' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l by-duration -d 'To the first record that is no older: P1DT2H as Kafka has it, or 1d2h' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to -d 'To a position in the words of consume --offset: start, end, N, -N, +N, @TIME' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l from-file -d 'To the offsets in a CSV file, as --export and --save-previous write it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l save-previous -d 'Write the offsets that were into a CSV file, for --from-file, before anything is changed' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l all-topics -d 'All partitions for which the group has committed an offset'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to-earliest -d 'To the first record that is still there'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to-latest -d 'To the log\'s end: only what is written from now on is read'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l to-current -d 'To where it is; to the log\'s end where it has committed nothing'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l dry-run -d 'Only show what would be'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l execute -d 'Do it, which is what happens without --dry-run: here for who knows Kafka\'s tool, which asks for it'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l export -d 'Print the new offsets as CSV, for --from-file'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -l json -d 'Print one JSON object a partition'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -l json -d 'Print one JSON object a partition'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l topic -d 'Only the committed offsets of this topic, or of these partitions of it (can be repeated)' -r -f -a "(__kafdir_names)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l if-exists -d 'Succeed where a group does not exist'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l dry-run -d 'Only say what would be deleted'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -l json -d 'Print one JSON object a group'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -l json -d 'Print what was done as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from evict" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the consumer groups, one name a line'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show the offsets, lag and members of groups'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Move a group to other offsets'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "commit" -d 'Commit offsets for a group by hand'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete groups, or what they have committed of some topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "evict" -d 'Take its partitions from a member that hangs'
complete -c kafdir -n "__fish_kafdir_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -f -a "topic" -d 'Wait until a topic has so many records'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -f -a "group" -d 'Wait until a group has caught up, or has so many members'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and not __fish_seen_subcommand_from topic group help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -s n -l records -d 'How many records, or more' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -s o -l offset -d 'Count from here on in each partition: end (what comes from now on), N, -N, +N, @TIME [default: start]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l filter -d 'Count only records that EXPR holds for, as \'kafdir consume --filter\' (can be repeated: all have to hold)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l isolation-level -d 'Which records of transactions to count: of committed ones, or of all' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l timeout -d 'Give up after DURATION ("10s", "5m") with exit code 4; 0 looks once [default: never]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l must-exist -d 'Fail at once with exit code 1 where the topic or the group does not exist, instead of waiting for it too'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -l json -d 'Print what was found as a JSON object, after a timeout too'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from topic" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l lag -d 'So many records ahead of the group, or fewer' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l members -d 'So many members, or more; 0: none' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l timeout -d 'Give up after DURATION ("10s", "5m") with exit code 4; 0 looks once [default: never]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l must-exist -d 'Fail at once with exit code 1 where the topic or the group does not exist, instead of waiting for it too'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -l json -d 'Print what was found as a JSON object, after a timeout too'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from group" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from help" -f -a "topic" -d 'Wait until a topic has so many records'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from help" -f -a "group" -d 'Wait until a group has caught up, or has so many members'
complete -c kafdir -n "__fish_kafdir_using_subcommand wait; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l to -d 'Copy into the directory PATH, which is made if it is not there, or into the cluster at HOST:PORT [default: the same place]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l to-command-config -d 'A properties file with settings of the connection to the cluster that is copied into' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l to-X -d 'A setting of that connection, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l name -d 'Remember in the target, under NAME, how far the copy came: started again, after whatever end, it goes on there, without loss and without a record twice' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l as-log-dir -d 'Make partition directories in DIR that a stopped broker can adopt' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -s p -l partitions -d 'How many partitions the copies get [default: as many as the topic has]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l isolation-level -d 'Which records of transactions to copy: of committed ones, or of all' -r -f -a "read_committed\t''
read_uncommitted\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -s f -l follow -d 'Go on with what comes, until a signal ends it; where the target is away, it is tried again until it is back'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l append -d 'Copy into a topic that has records too, behind them'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l dry-run -d 'Only say what would be copied'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -l json -d 'Print one JSON object a topic'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l dry-run -d 'Only say what would be deleted'
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -l json -d 'Print one JSON object a partition'
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand clean" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l repair -d 'Mend what can be mended'
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -l json -d 'Print one JSON object a finding'
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l records -l print-data-log -l deep-iteration -d 'Show each record of a batch, key and value included, not only the batch'
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -l json -d 'Print one JSON object a batch or entry, each on a line; a batch\'s records are in its member "records"'
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -f -a "produce" -d 'Store records as fast as possible, or at a given rate'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -f -a "consume" -d 'Read the records of a topic as fast as possible'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -f -a "latency" -d 'Store one record at a time, and await each at the other end'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and not __fish_seen_subcommand_from produce consume latency help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l records -d 'How many records' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l size -d 'Bytes of each value: letters at random [default: 100]' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l payload-file -d 'Take the values from the lines of FILE, in turn' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l throughput -d 'At most N records a second; -1: as fast as possible' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l acks -d 'When a record is acknowledged: all = synced to disk; 1 and 0 = written' -r -f -a "0\t''
1\t''
all\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -s z -l compression -d 'Compress batches [default: the topic\'s compression.type]' -r -f -a "none\t''
gzip\t''
snappy\t''
lz4\t''
zstd\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -l json -d 'Print the report as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from produce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -s n -l max-messages -d 'End after N records' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -l json -d 'Print the report as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from consume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l records -d 'How many records' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l size -d 'Bytes of each value: letters at random' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l acks -d 'When a record is acknowledged: all = synced to disk; 1 and 0 = written' -r -f -a "0\t''
1\t''
all\t''"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l timeout -d 'Give up after DURATION ("10s", "5m") of waiting for another process\'s lock, with exit code 4' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -l json -d 'Print the report as a JSON object'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from latency" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "produce" -d 'Store records as fast as possible, or at a given rate'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "consume" -d 'Read the records of a topic as fast as possible'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "latency" -d 'Store one record at a time, and await each at the other end'
complete -c kafdir -n "__fish_kafdir_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -l keep-on-failure -d 'Keep the directory if COMMAND fails or is ended by a signal, and say on stderr where it is'
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand tmp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -l line -d 'A command line up to the cursor: print the names that fit there, or exit with 3 if no name belongs there' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -l dir -d 'Work on the topics in DIR' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -l log-dir -d 'Read a Kafka broker\'s log.dir in place, without changing anything in it' -r -f -a "(__fish_complete_directories)"
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -l bootstrap-server -d 'Work on a Kafka cluster' -r -f -a "(__fish_print_hostnames)"
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -s X -d 'A setting of the connection to a cluster, by librdkafka\'s name (can be repeated)' -r
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -l command-config -d 'A properties file with settings of the connection, as Kafka\'s own tools take it' -r -F
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -s q -l quiet -d 'Write no notes to stderr; errors are always written'
complete -c kafdir -n "__fish_kafdir_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "topic" -d 'Create, list, describe, alter, delete and trim topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "produce" -d 'Store records in a topic'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "consume" -d 'Print the records of topics'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "get" -d 'Print the latest record of each key'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "group" -d 'List, describe, reset, commit, delete consumer groups, and evict their members'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "wait" -d 'Wait until a topic has records, or a group has members or has caught up'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "copy" -d 'Copy topics to other names, or to another place: a directory or a Kafka cluster'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "clean" -d 'Apply retention: delete the segments that retention.ms and retention.bytes give up'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "check" -d 'Verify a directory: checksums, offsets, indexes, names, settings'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "dump" -d 'Show what segment files hold: .log, .index, .timeindex, .txnindex, .snapshot'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "bench" -d 'Measure rates and latencies: of producing, of consuming, and from one end to the other'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "tmp" -d 'Run a COMMAND with a directory of its own, which is deleted afterwards'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "completions" -d 'Print the completion script for a shell'
complete -c kafdir -n "__fish_kafdir_using_subcommand help; and not __fish_seen_subcommand_from topic produce consume get group wait copy clean check dump bench tmp completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kafdir -n __kafdir_find_names -f -a '$__kafdir_found'
