import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer of a group: {@code Group ADDRESS GROUP TOPIC earliest|none COUNT} reads COUNT records or to the end, commits,
 * and prints one line per record: partition and offset. With {@code none} it fails where there is no valid commit.
 */
public final class Group {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    public static void main(String[] args) {
        long wanted = Long.parseLong(args[4]);
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(args[0], args[1], args[3])) {
            consumer.subscribe(List.of(args[2]));
            long read = 0;
            while (read < wanted && !atEnd(consumer)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("not at the end within a minute");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    System.out.println(record.partition() + " " + record.offset());
                    read++;
                }
            }
            consumer.commitSync();
        }
    }

    private static boolean atEnd(KafkaConsumer<byte[], byte[]> consumer) {
        return !consumer.assignment().isEmpty()
                && consumer.endOffsets(consumer.assignment()).entrySet().stream()
                        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String address, String group, String reset) {
        return new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers", address,
                        "group.id", group,
                        "isolation.level", "read_committed",
                        "enable.auto.commit", "false",
                        "auto.offset.reset", reset,
                        "max.poll.records", "100"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
