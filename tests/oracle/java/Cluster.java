import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The broker as its administrator sees it, its log directory included. */
final class Cluster implements AutoCloseable {
    private static final long DEADLINE_NANOS = 60_000_000_000L;

    private final Path logs;
    private final Admin admin;

    Cluster(String address, Path logs) {
        this.logs = logs;
        this.admin = Admin.create(Map.of("bootstrap.servers", address));
    }

    /** Returns when every partition has its leader: before that, a producer's first batches can come out of order. */
    void create(String topic, int partitions, Map<String, String> settings) throws ExecutionException, InterruptedException {
        NewTopic created = new NewTopic(topic, partitions, (short) 1).configs(settings);
        admin.createTopics(List.of(created)).all().get();
        Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toMap(p -> new TopicPartition(topic, p), p -> OffsetSpec.latest()));
        await(topic + " has its leaders", () -> isTold(ends));
    }

    /** Whether all of them can be asked; a broker may hear of a topic after its controller has made it. */
    private boolean isTold(Map<TopicPartition, OffsetSpec> asked) {
        try {
            admin.listOffsets(asked).all().get();
            return true;
        } catch (ExecutionException refused) {
            if (refused.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw new IllegalStateException(refused);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    void deleteRecords(String topic, long before) throws ExecutionException, InterruptedException {
        admin.deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before))).all().get();
    }

    /** Waits until the cleaner went through all closed segments of partition 0. */
    void awaitCompaction(String topic) {
        await(topic + " is compacted", () -> cleanedTo(topic) >= lastSegment(topic));
    }

    /** Waits until the segment that begins at offset 0 is gone. */
    void awaitFirstSegmentGone(String topic) {
        await(topic + " lost its first segment", () -> !Files.exists(logs.resolve(topic + "-0/00000000000000000000.log")));
    }

    private long lastSegment(String topic) {
        try (Stream<Path> files = Files.list(logs.resolve(topic + "-0"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".log"))
                    .mapToLong(name -> Long.parseLong(name.substring(0, 20)))
                    .max()
                    .orElseThrow();
        } catch (IOException changing) {
            return Long.MAX_VALUE;
        }
    }

    private long cleanedTo(String topic) {
        try (Stream<String> lines = Files.lines(logs.resolve("cleaner-offset-checkpoint"))) {
            return lines.filter(line -> line.startsWith(topic + " 0 "))
                    .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                    .findFirst()
                    .orElse(-1);
        } catch (IOException beingReplaced) {
            return -1;
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("not within a minute: " + what);
            }
            java.util.concurrent.locks.LockSupport.parkNanos(50_000_000L);
        }
    }

    @Override
    public void close() {
        admin.close();
    }
}
