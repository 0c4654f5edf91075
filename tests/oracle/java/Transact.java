import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Two topics that end in transactions: {@code Transact ADDRESS TIMESTAMP LOG_DIR}. "ended" has transactions that were committed
 * and one that was aborted, "open" ends in one that nobody ends.
 */
public final class Transact {
    private final long timestamp;
    private final KafkaProducer<byte[], byte[]> plain;

    private Transact(KafkaProducer<byte[], byte[]> plain, long timestamp) {
        this.plain = plain;
        this.timestamp = timestamp;
    }

    public static void main(String[] args) throws Exception {
        Producers producers = new Producers(args[0], "transact");
        try (Cluster cluster = new Cluster(args[0], Path.of(args[2]))) {
            cluster.create("ended", 1, Map.of());
            cluster.create("open", 1, Map.of());
        }
        Transact transact = new Transact(producers.of(Map.of("linger.ms", "0")), Long.parseLong(args[1]));
        KafkaProducer<byte[], byte[]> writer = producers.transactional();
        transact.send(transact.plain, "ended", "a", "plain");
        transact.transaction(writer, true, "b", "committed", "a", "committed later");
        transact.transaction(writer, false, "c", "aborted", "a", "aborted too");
        transact.transaction(writer, true, "d", "the last");
        transact.send(transact.plain, "open", "a", "before");
        writer.beginTransaction();
        transact.send(writer, "open", "b", "held back");
        transact.send(transact.plain, "open", "c", "behind it");
        // Nothing that runs at an end of another kind may end the transaction.
        Runtime.getRuntime().halt(0);
    }

    private void transaction(KafkaProducer<byte[], byte[]> writer, boolean commits, String... keysAndValues) throws Exception {
        writer.beginTransaction();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            send(writer, "ended", keysAndValues[i], keysAndValues[i + 1]);
        }
        if (commits) {
            writer.commitTransaction();
        } else {
            writer.abortTransaction();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> writer, String topic, String key, String value) throws Exception {
        writer.send(new ProducerRecord<>(topic, 0, timestamp, bytes(key), bytes(value))).get();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
