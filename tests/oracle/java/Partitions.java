import java.util.Base64;
import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * Where Kafka's own partitioner puts random keys: {@code Partitions COUNT PARTITIONS SEED json|lines} prints records whose
 * value is the partition, as JSON with keys of arbitrary bytes, or as lines of a printable key, a tab and the value.
 */
public final class Partitions {
    public static void main(String[] args) {
        int count = Integer.parseInt(args[0]);
        int partitions = Integer.parseInt(args[1]);
        Random random = new Random(Long.parseLong(args[2]));
        boolean json = args[3].equals("json");
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; i++) {
            byte[] key = key(random, json);
            int partition = BuiltInPartitioner.partitionForKey(key, partitions);
            if (json) {
                String text = Base64.getEncoder().encodeToString(key);
                out.append("{\"key_base64\":\"").append(text).append("\",\"value\":\"").append(partition).append("\"}\n");
            } else {
                out.append(new String(key, java.nio.charset.StandardCharsets.US_ASCII)).append('\t').append(partition).append('\n');
            }
        }
        System.out.print(out);
    }

    /** Mostly short, so that every tail length of the hash is common; the empty key too. */
    private static byte[] key(Random random, boolean anyByte) {
        byte[] key = new byte[random.nextInt(10) == 0 ? random.nextInt(300) : random.nextInt(20)];
        random.nextBytes(key);
        for (int i = 0; !anyByte && i < key.length; i++) {
            key[i] = (byte) (' ' + (key[i] & 0xff) % 95);
        }
        return key;
    }
}
