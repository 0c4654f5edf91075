import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/** What several producers do to one topic. */
final class Traffic {
    private static final int WRITERS = 3;

    private final Producers producers;
    private final Sample sample;

    Traffic(Producers producers, Sample sample) {
        this.producers = producers;
        this.sample = sample;
    }

    /** Sends so many records and waits until the broker has them. */
    static void send(KafkaProducer<byte[], byte[]> producer, Sample sample, Integer partition, int count) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(sample.next(partition)));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            one.get();
        }
    }

    /** Three transactional producers and a plain one take turns at random; some transactions commit, some abort. */
    void transactions(int partitions, int steps) throws Exception {
        List<KafkaProducer<byte[], byte[]>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(producers.transactional());
        }
        boolean[] open = new boolean[WRITERS];
        try (KafkaProducer<byte[], byte[]> plain = producers.compressing("lz4")) {
            for (int step = 0; step < steps; step++) {
                int partition = sample.random().nextInt(partitions);
                int count = 1 + sample.random().nextInt(30);
                int who = sample.random().nextInt(WRITERS + 1);
                if (who == WRITERS) {
                    send(plain, sample, partition, count);
                    continue;
                }
                if (!open[who]) {
                    writers.get(who).beginTransaction();
                }
                send(writers.get(who), sample, partition, count);
                open[who] = !ended(writers.get(who));
            }
        }
        for (int who = 0; who < WRITERS; who++) {
            if (open[who]) {
                writers.get(who).abortTransaction();
            }
            writers.get(who).close();
        }
    }

    private boolean ended(KafkaProducer<byte[], byte[]> producer) {
        switch (sample.random().nextInt(6)) {
            case 0 -> producer.commitTransaction();
            case 1 -> producer.abortTransaction();
            default -> {
                return false;
            }
        }
        return true;
    }
}
