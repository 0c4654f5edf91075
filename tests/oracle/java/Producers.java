import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Kafka's own producers on one broker. */
final class Producers {
    private final String address;
    private final String name;
    private int transactionalIds;

    Producers(String address, String name) {
        this.address = address;
        this.name = name;
    }

    /** With Kafka's defaults, which make it idempotent. */
    KafkaProducer<byte[], byte[]> of(Map<String, String> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", address);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    KafkaProducer<byte[], byte[]> compressing(String codec) {
        return of(Map.of("compression.type", codec));
    }

    KafkaProducer<byte[], byte[]> transactional() {
        String id = name + "-" + transactionalIds++;
        KafkaProducer<byte[], byte[]> producer =
                of(Map.of("transactional.id", id, "transaction.timeout.ms", "900000", "linger.ms", "0"));
        producer.initTransactions();
        return producer;
    }
}
