import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What Kafka's own consumer reads, from the log start to the end: {@code Read ADDRESS DIR TOPIC...} writes
 * DIR/TOPIC-PARTITION.read_committed.json, the same .read_uncommitted.json (one record a line, as kafdir prints it),
 * DIR/offsets.json with one line per partition, and DIR/times.json: offsets by timestamp, and of the first
 * record from there on (at the offset itself may be a marker of a transaction's end); null past the last one.
 */
public final class Read {
    private static final Pattern OFFSET = Pattern.compile("\"offset\":([0-9]+)");
    private static final Pattern TIMESTAMP = Pattern.compile("\"timestamp\":(-?[0-9]+)");
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final long SILENCE_NANOS = 60_000_000_000L;

    private final Path directory;
    private final KafkaConsumer<byte[], byte[]> committed;
    private final KafkaConsumer<byte[], byte[]> uncommitted;

    private Read(String address, Path directory) {
        this.directory = directory;
        this.committed = consumer(address, "read_committed");
        this.uncommitted = consumer(address, "read_uncommitted");
    }

    public static void main(String[] args) throws IOException {
        Path directory = Files.createDirectories(Path.of(args[1]));
        Read read = new Read(args[0], directory);
        List<String> offsets = new ArrayList<>();
        List<String> times = new ArrayList<>();
        for (String topic : Arrays.asList(args).subList(2, args.length)) {
            for (PartitionInfo info : read.committed.partitionsFor(topic)) {
                TopicPartition partition = new TopicPartition(topic, info.partition());
                offsets.add(read.partition(partition));
                times.addAll(read.times(partition));
            }
        }
        Files.write(directory.resolve("offsets.json"), offsets);
        Files.write(directory.resolve("times.json"), times);
        read.committed.close();
        read.uncommitted.close();
    }

    private String partition(TopicPartition partition) throws IOException {
        List<TopicPartition> one = List.of(partition);
        long start = uncommitted.beginningOffsets(one).get(partition);
        long end = uncommitted.endOffsets(one).get(partition);
        long stable = committed.endOffsets(one).get(partition);
        copy(uncommitted, partition, end, directory.resolve(partition + ".read_uncommitted.json"));
        copy(committed, partition, stable, directory.resolve(partition + ".read_committed.json"));
        return String.format(
                "{\"topic\":\"%s\",\"partition\":%d,\"log_start_offset\":%d,\"log_end_offset\":%d,\"last_stable_offset\":%d}",
                partition.topic(), partition.partition(), start, end, stable);
    }

    /** Where Kafka finds the timestamps of a few records, and the milliseconds around them. */
    private List<String> times(TopicPartition partition) throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve(partition + ".read_uncommitted.json"));
        Set<Long> wanted = new TreeSet<>();
        for (int i = 0; i < lines.size(); i += 1 + lines.size() / 6) {
            long timestamp = member(lines.get(i), TIMESTAMP);
            wanted.addAll(List.of(timestamp - 1, timestamp, timestamp + 1));
        }
        wanted.add(System.currentTimeMillis() + 3_600_000L);
        List<String> found = new ArrayList<>();
        for (long timestamp : wanted) {
            OffsetAndTimestamp at = uncommitted.offsetsForTimes(Map.of(partition, timestamp)).get(partition);
            found.add(String.format(
                    "{\"topic\":\"%s\",\"partition\":%d,\"timestamp\":%d,\"offset\":%s,\"first\":%s}",
                    partition.topic(),
                    partition.partition(),
                    timestamp,
                    at == null ? null : at.offset(),
                    at == null ? null : firstFrom(lines, at.offset())));
        }
        return found;
    }

    private static Long firstFrom(List<String> lines, long offset) {
        return lines.stream().map(line -> member(line, OFFSET)).filter(at -> at >= offset).findFirst().orElse(null);
    }

    private static long member(String line, Pattern pattern) {
        Matcher matcher = pattern.matcher(line);
        if (!matcher.find()) {
            throw new IllegalStateException("no " + pattern + " in " + line);
        }
        return Long.parseLong(matcher.group(1));
    }

    private static void copy(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long end, Path file)
            throws IOException {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        long deadline = System.nanoTime() + SILENCE_NANOS;
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                    out.write(RecordJson.of(record));
                    out.write('\n');
                    deadline = System.nanoTime() + SILENCE_NANOS;
                }
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(partition + " gave nothing for a minute before " + end);
                }
            }
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String address, String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", address,
                        "isolation.level", isolation,
                        "enable.auto.commit", "false",
                        "auto.offset.reset", "none",
                        "fetch.max.wait.ms", "20"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
