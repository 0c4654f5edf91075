import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Topics of every kind, made by Kafka's own broker, producer and cleaner: {@code Write ADDRESS LOG_DIR}.
 * Prints the topics' names.
 */
public final class Write {
    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final String SMALL_SEGMENT = "1048576";

    private final String address;
    private final Cluster cluster;
    private int transactionalIds;

    private Write(String address, Cluster cluster) {
        this.address = address;
        this.cluster = cluster;
    }

    public static void main(String[] args) throws Exception {
        try (Cluster cluster = new Cluster(args[0], Path.of(args[1]))) {
            Write write = new Write(args[0], cluster);
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
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec))) {
            send(producer, new Sample(topic), 0, 6_000);
        }
    }

    /** The broker's own codec is another than the producer's. */
    private void recompressed(String codec) throws Exception {
        String setting = codec.equals("none") ? "uncompressed" : codec;
        String topic = create("recompressed-" + codec, 1, Map.of("compression.type", setting));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec.equals("zstd") ? "gzip" : "zstd"))) {
            send(producer, new Sample(topic), 0, 500);
        }
    }

    /** Producers with different codecs in turn. */
    private void mixed() throws Exception {
        String topic = create("mixed", 1, Map.of());
        Sample sample = new Sample(topic);
        for (int round = 0; round < 3; round++) {
            for (String codec : CODECS) {
                try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec, "linger.ms", "0"))) {
                    send(producer, sample, 0, 40);
                }
            }
        }
    }

    private void notIdempotent() throws Exception {
        String topic = create("not-idempotent", 1, Map.of());
        Map<String, String> settings = Map.of("enable.idempotence", "false", "acks", "1", "linger.ms", "0");
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            send(producer, new Sample(topic), 0, 500);
        }
    }

    /** Keys decide the partition. */
    private void spread() throws Exception {
        String topic = create("spread", 5, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            send(producer, new Sample(topic), null, 2_000);
        }
    }

    /** Records far over a mebibyte, one of them compressed to next to nothing. */
    private void large() throws Exception {
        String topic = create("large", 1, Map.of("max.message.bytes", "20000000"));
        Map<String, String> settings = Map.of("max.request.size", "20000000", "buffer.memory", "67108864");
        for (String codec : CODECS) {
            Map<String, String> all = new HashMap<>(settings);
            all.put("compression.type", codec);
            try (KafkaProducer<byte[], byte[]> producer = producer(all)) {
                byte[] value = new byte[3_000_000];
                new java.util.Random(codec.hashCode()).nextBytes(value);
                producer.send(new ProducerRecord<>(topic, value)).get();
                producer.send(new ProducerRecord<>(topic, "x".repeat(10_000_000).getBytes())).get();
            }
        }
    }

    private void appendTime() throws Exception {
        String topic = create("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        for (String codec : CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec))) {
                send(producer, new Sample(topic), 0, 200);
            }
        }
    }

    /** The log start lies inside the first segment, inside a batch. */
    private void trimmedInside() throws Exception {
        String topic = create("trimmed-inside", 1, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", "lz4"))) {
            send(producer, new Sample(topic), 0, 1_000);
        }
        cluster.deleteRecords(topic, 333);
    }

    /** The log start lies in a later segment; those before it are deleted. */
    private void trimmedSegments() throws Exception {
        String topic = create("trimmed-segments", 1, Map.of("segment.bytes", SMALL_SEGMENT));
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            send(producer, new Sample(topic), 0, 5_000);
        }
        cluster.deleteRecords(topic, 4_321);
        cluster.awaitFirstSegmentGone(topic);
    }

    /** Three transactional producers and a plain one, interleaved; some commit, some abort. */
    private void transactions() throws Exception {
        String topic = create("transactions", 2, Map.of("segment.bytes", SMALL_SEGMENT));
        Sample sample = new Sample(topic);
        interleave(topic, sample, 300);
    }

    /** The same, and then one transaction stays open while others go on behind it. */
    private void openTransaction() throws Exception {
        String topic = create("open-transaction", 1, Map.of());
        Sample sample = new Sample(topic);
        interleave(topic, sample, 40);
        KafkaProducer<byte[], byte[]> left = transactional();
        left.beginTransaction();
        send(left, sample, 0, 5);
        interleave(topic, sample, 40);
        // Closed without waiting, a producer leaves its transaction to the coordinator's time-out.
        left.close(Duration.ZERO);
    }

    private void interleave(String topic, Sample sample, int steps) throws Exception {
        int partitions = topic.equals("transactions") ? 2 : 1;
        List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
        List<Boolean> open = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            producers.add(transactional());
            open.add(false);
        }
        KafkaProducer<byte[], byte[]> plain = producer(Map.of("linger.ms", "0"));
        for (int step = 0; step < steps; step++) {
            int partition = sample.random().nextInt(partitions);
            int count = 1 + sample.random().nextInt(30);
            int who = sample.random().nextInt(4);
            if (who == 3) {
                send(plain, sample, partition, count);
                continue;
            }
            if (!open.get(who)) {
                producers.get(who).beginTransaction();
            }
            send(producers.get(who), sample, partition, count);
            open.set(who, !ended(producers.get(who), sample));
        }
        for (int who = 0; who < producers.size(); who++) {
            if (open.get(who)) {
                producers.get(who).abortTransaction();
            }
            producers.get(who).close();
        }
        plain.close();
    }

    private static boolean ended(KafkaProducer<byte[], byte[]> producer, Sample sample) {
        switch (sample.random().nextInt(6)) {
            case 0 -> producer.commitTransaction();
            case 1 -> producer.abortTransaction();
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Keyed records, closed segments cleaned twice, the active one left as it was written. */
    private void compacted(String name, Map<String, String> settings) throws Exception {
        String topic = createCompacted(name, settings);
        Sample sample = new Sample(topic);
        for (String codec : CODECS) {
            try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("compression.type", codec))) {
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
            try (KafkaProducer<byte[], byte[]> producer = transactional()) {
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

    private static void send(KafkaProducer<byte[], byte[]> producer, Sample sample, Integer partition, int count)
            throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(sample.next(partition)));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    private KafkaProducer<byte[], byte[]> transactional() {
        String id = "writer-" + transactionalIds++;
        KafkaProducer<byte[], byte[]> producer =
                producer(Map.of("transactional.id", id, "transaction.timeout.ms", "900000", "linger.ms", "0"));
        producer.initTransactions();
        return producer;
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, String> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", address);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
