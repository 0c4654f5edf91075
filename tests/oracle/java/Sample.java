import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Records of every shape, the same ones for the same seed. */
final class Sample {
    private static final long TIME = 1_760_000_000_000L;
    private static final String WORDS = "{\"order\":\"0123456789\",\"état\":\"payé\",\"note\":\"a\\b\"} \u0001\u007f\u2028😀\n";

    private final Random random;
    private final String topic;
    private int count;

    Sample(String topic) {
        this.topic = topic;
        this.random = new Random(topic.hashCode());
    }

    Random random() {
        return random;
    }

    /** The next record, for a partition or (null) wherever its key belongs. */
    ProducerRecord<byte[], byte[]> next(Integer partition) {
        int i = count++;
        long timestamp = TIME + 10L * i + (random.nextInt(20) == 0 ? -random.nextInt(100_000) : 0);
        return new ProducerRecord<>(topic, partition, timestamp, key(i), value(i), headers(i));
    }

    /** A record of a keyed topic: few keys, no null ones, some tombstones. */
    ProducerRecord<byte[], byte[]> keyed(Integer partition) {
        int i = count++;
        byte[] value = random.nextInt(8) == 0 ? null : bytes(random.nextInt(2_000));
        return new ProducerRecord<>(topic, partition, TIME + 10L * i, text("key-" + random.nextInt(40)), value, headers(i));
    }

    private byte[] key(int i) {
        return switch (i % 6) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> bytes(random.nextInt(40));
            default -> text("key-" + random.nextInt(1_000));
        };
    }

    private byte[] value(int i) {
        return switch (i % 17) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2, 5, 6, 7 -> bytes(random.nextInt(4_000));
            case 3 -> new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80};
            case 4 -> new byte[random.nextInt(100)];
            default -> words(random.nextInt(1_500));
        };
    }

    private static RecordHeaders headers(int i) {
        RecordHeaders headers = new RecordHeaders();
        switch (i % 9) {
            case 0 -> headers.add("trace", text("abc"));
            case 1 -> headers.add("null", null);
            case 2 -> headers.add("twice", new byte[0]).add("twice", text("again")).add("raw", new byte[] {-1, 0, 1});
            case 3 -> headers.add("", text("no name")).add("ключ", text("значение"));
            default -> { }
        }
        return headers;
    }

    private byte[] words(int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            int from = random.nextInt(WORDS.length());
            text.append(WORDS, from, WORDS.length());
        }
        return text(text.toString());
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
