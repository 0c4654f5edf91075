import org.apache.kafka.clients.producer.KafkaProducer;

/** Records of every shape after those that are there: {@code Append ADDRESS ROUND TOPIC:PARTITIONS...}. */
public final class Append {
    public static void main(String[] args) throws Exception {
        for (int i = 2; i < args.length; i++) {
            String topic = args[i].substring(0, args[i].indexOf(':'));
            int partitions = Integer.parseInt(args[i].substring(args[i].indexOf(':') + 1));
            Producers producers = new Producers(args[0], topic + "-" + args[1]);
            Sample sample = new Sample(topic);
            for (String codec : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
                try (KafkaProducer<byte[], byte[]> producer = producers.compressing(codec)) {
                    Traffic.send(producer, sample, null, 100);
                }
            }
            new Traffic(producers, sample).transactions(partitions, 30);
        }
    }
}
