import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Topics of every kind, made by Kafka's own broker, producer and cleaner: {@code Write ADDRESS LOG_DIR}.
 * Prints the topics' names.
 */
public final class Write {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final String SMALL_SEGMENT = "1048576";

    private final Producers producers;
    private final Cluster cluster;

    private Write(Producers producers, Cluster cluster) {
        this.producers = producers;
        this.cluster = cluster;
    }

    public static void main(String[] args) throws Exception {
        try (Cluster cluster = new Cluster(args[0], Path.of(args[1]))) {
            Write write = new Write(new Producers(args[0], "writer"), cluster);
            for (String codec : CODECS) {
                write.codec(codec);
                write.recompressed(codec);
            }
            write.mixed();
            write.notIdempotent();
            write.spread();
            write.large();
            write.appendTime();
            write.create("empty", 2, Map.of());
            write.trimmedInside();
            write.trimmedSegments();
            write.transactions();
            write.openTransaction();
            write.compacted("compacted", Map.of());
            write.compacted("compacted-forgetful", Map.of("delete.retention.ms", "0"));
            write.compactedTransactions();
        }
    }

    /** Several segments of batches that the producer compressed. */
    private void codec(String codec) throws Exception {
        String topic = create("codec-" + codec, 1, Map.of("segment.bytes", SMALL_SEGMENT));
        try (KafkaProducer<byte[], byte[]> producer = producers.compressing(codec)) {
            Traffic.send(producer, new Sample(topic), 0, 6_000);
        }
    }

    /** The broker's own codec is another than the producer's. */
    private void recompressed(String codec) throws Exception {
        String setting = codec.equals("none") ? "uncompressed" : codec;
        String topic = create("recompressed-" + codec, 1, Map.of("compression.type", setting));
        try (KafkaProducer<byte[], byte[]> producer = producers.compressing(codec.equals("zstd") ? "gzip" : "zstd")) {
            Traffic.send(producer, new Sample(topic), 0, 500);
        }
    }

    /** Producers with different codecs in turn. */
    private void mixed() throws Exception {
        String topic = create("mixed", 1, Map.of());
        Sample sample = new Sample(topic);
        for (int round = 0; round < 3; round++) {
            for (String codec : CODECS) {
                try (KafkaProducer<byte[], byte[]> producer = producers.of(Map.of("compression.type", codec, "linger.ms", "0"))) {
                    Traffic.send(producer, sample, 0, 40);
                }
            }
        }
    }

    private void notIdempotent() throws Exception {
        String topic = create("not-idempotent", 1, Map.of());
        Map<String, String> settings = Map.of("enable.idempotence", "false", "acks", "1", "linger.ms", "0");
        try (KafkaProducer<byte[], byte[]> producer = producers.of(settings)) {
            Traffic.send(producer, new Sample(topic), 0, 500);
        }
    }

    /** Keys decide the partition. */
    private void spread() throws Exception {
        String topic = create("spread", 5, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producers.of(Map.of())) {
            Traffic.send(producer, new Sample(topic), null, 2_000);
        }
    }

    /** Records far over a mebibyte, one of them compressed to next to nothing. */
    private void large() throws Exception {
        String topic = create("large", 1, Map.of("max.message.bytes", "20000000"));
        Map<String, String> settings = Map.of("max.request.size", "20000000", "buffer.memory", "67108864");
        for (String codec : CODECS) {
            Map<String, String> all = new HashMap<>(settings);
            all.put("compression.type", codec);
            try (KafkaProducer<byte[], byte[]> producer = producers.of(all)) {
                byte[] value = new byte[2_000_000];
                new java.util.Random(codec.hashCode()).nextBytes(value);
                producer.send(new ProducerRecord<>(topic, value)).get();
                producer.send(new ProducerRecord<>(topic, "x".repeat(6_000_000).getBytes())).get();
            }
        }
    }

    private void appendTime() throws Exception {
        String topic = create("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        for (String codec : CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = producers.compressing(codec)) {
                Traffic.send(producer, new Sample(topic), 0, 200);
            }
        }
    }

    /** The log start lies inside the first segment, inside a batch. */
    private void trimmedInside() throws Exception {
        String topic = create("trimmed-inside", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producers.compressing("lz4")) {
            Traffic.send(producer, new Sample(topic), 0, 1_000);
        }
        cluster.deleteRecords(topic, 333);
    }

    /** The log start lies in a later segment; those before it are deleted. */
    private void trimmedSegments() throws Exception {
        String topic = create("trimmed-segments", 1, Map.of("segment.bytes", SMALL_SEGMENT));
        try (KafkaProducer<byte[], byte[]> producer = producers.of(Map.of())) {
            Traffic.send(producer, new Sample(topic), 0, 5_000);
        }
        cluster.deleteRecords(topic, 4_321);
        cluster.awaitFirstSegmentGone(topic);
    }

    /** Three transactional producers and a plain one, interleaved; some commit, some abort. */
    private void transactions() throws Exception {
        String topic = create("transactions", 2, Map.of("segment.bytes", SMALL_SEGMENT));
        Sample sample = new Sample(topic);
        new Traffic(producers, sample).transactions(2, 300);
    }

    /** The same, and then one transaction stays open while others go on behind it. */
    private void openTransaction() throws Exception {
        String topic = create("open-transaction", 1, Map.of());
        Sample sample = new Sample(topic);
        new Traffic(producers, sample).transactions(1, 40);
        KafkaProducer<byte[], byte[]> left = producers.transactional();
        left.beginTransaction();
        Traffic.send(left, sample, 0, 5);
        new Traffic(producers, sample).transactions(1, 40);
        // Closed without waiting, a producer leaves its transaction to the coordinator's time-out.
        left.close(Duration.ZERO);
    }

    /** Keyed records, closed segments cleaned twice, the active one left as it was written. */
    private void compacted(String name, Map<String, String> settings) throws Exception {
        String topic = createCompacted(name, settings);
        Sample sample = new Sample(topic);
        for (String codec : CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = producers.compressing(codec)) {
                for (int i = 0; i < 2_500; i++) {
                    producer.send(sample.keyed(0));
                }
            }
            cluster.awaitCompaction(topic);
        }
    }

    /** The same with committed and aborted transactions. */
    private void compactedTransactions() throws Exception {
        String topic = createCompacted("compacted-transactions", Map.of());
        Sample sample = new Sample(topic);
        for (int round = 0; round < 3; round++) {
            try (KafkaProducer<byte[], byte[]> producer = producers.transactional()) {
                for (int transaction = 0; transaction < 80; transaction++) {
                    producer.beginTransaction();
                    for (int i = 0; i < 30; i++) {
                        producer.send(sample.keyed(0));
                    }
                    if (sample.random().nextBoolean()) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                    }
                }
            }
            cluster.awaitCompaction(topic);
        }
    }

    private String createCompacted(String name, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.put("cleanup.policy", "compact");
        all.put("min.cleanable.dirty.ratio", "0.0");
        all.put("segment.bytes", SMALL_SEGMENT);
        return create(name, 1, all);
    }

    private String create(String topic, int partitions, Map<String, String> settings) throws Exception {
        Map<String, String> all = new HashMap<>(settings);
        all.put("retention.ms", "-1");
        cluster.create(topic, partitions, all);
        System.out.println(topic);
        return topic;
    }
}
