import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.TopicPartition;

/**
 * How Kafka's own assignors divide random topics among random members: {@code Assignments COUNT SEED} prints so many
 * histories of groups, each a few cases long, as one JSON object a line with the question and Kafka's answer. Members join,
 * leave and subscribe anew, topics get partitions, and the claims of a case are the shares of the one before, or made up.
 */
public final class Assignments {
    private static final int CASES_OF_A_HISTORY = 5;

    private final Random random;
    private final TreeMap<String, Integer> topics = new TreeMap<>();
    private final TreeMap<String, Member> members = new TreeMap<>();
    private boolean mixed;
    private boolean invents;
    private int generation = 1;

    private static final class Member {
        String instance;
        TreeSet<String> subscribed = new TreeSet<>();
        List<TopicPartition> owned = new ArrayList<>();
        int generation = -1;
    }

    private Assignments(Random random) {
        this.random = random;
    }

    public static void main(String[] args) {
        Random random = new Random(Long.parseLong(args[1]));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            new Assignments(random).history(out, random.nextInt(4));
        }
        out.flush();
    }

    private void history(PrintStream out, int assignor) {
        mixed = random.nextBoolean();
        invents = random.nextInt(3) == 0;
        boolean large = random.nextInt(20) == 0;
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            topics.put(topic(), random.nextInt(large ? 150 : 15));
        }
        int joining = 1 + random.nextInt(large ? 64 : random.nextInt(4) == 0 ? 30 : 8);
        for (int i = 0; i < joining; i++) {
            join();
        }
        for (int i = 0; i < CASES_OF_A_HISTORY; i++) {
            if (invents) {
                invent();
            }
            if (!answer(out, assignor)) {
                return;
            }
            change();
        }
    }

    private String topic() {
        return (random.nextBoolean() ? "t" : "orders.") + random.nextInt(30);
    }

    /** Of every kind: as clients make them, as people choose them, and such as compare differently by bytes. */
    private String id() {
        String hex = String.format("%016x%016x", random.nextLong(), random.nextLong());
        switch (random.nextInt(4)) {
            case 0: return "consumer" + random.nextInt(40);
            case 1: return Character.toString("abc\u00e9\uff21\ud83d\ude00".codePointAt(random.nextInt(5))) + random.nextInt(9);
            default: return "worker-" + hex;
        }
    }

    private void join() {
        Member member = new Member();
        if (random.nextInt(6) == 0) {
            member.instance = "instance-" + random.nextInt(1000);
            for (Member other : members.values()) {
                if (member.instance.equals(other.instance)) {
                    member.instance = null;
                    break;
                }
            }
        }
        subscribe(member);
        members.put(id(), member);
    }

    private void subscribe(Member member) {
        member.subscribed.clear();
        for (String topic : topics.keySet()) {
            if (!mixed || random.nextBoolean()) {
                member.subscribed.add(topic);
            }
        }
        if (mixed && random.nextInt(8) == 0) {
            member.subscribed.add("missing");
        }
        if (member.subscribed.isEmpty()) {
            member.subscribed.add(topics.firstKey());
        }
    }

    private void change() {
        generation++;
        for (int i = random.nextInt(4); i > 0; i--) {
            String some = new ArrayList<>(members.keySet()).get(random.nextInt(members.size()));
            switch (random.nextInt(4)) {
                case 0: join(); break;
                case 1: if (members.size() > 1) { members.remove(some); } break;
                case 2: topics.computeIfPresent(topic(), (topic, count) -> count + random.nextInt(4)); break;
                default: if (mixed) { subscribe(members.get(some)); } break;
            }
        }
    }

    /**
     * Claims that contradict each other. One of an earlier generation than the latest is of a topic still subscribed to:
     * else Kafka's sticky assignor may give it back all the same.
     */
    private void invent() {
        int spread = 1 + random.nextInt(3);
        for (Member member : members.values()) {
            TreeSet<Integer> claims = new TreeSet<>();
            member.generation = random.nextInt(6) == 0 ? -1 : random.nextInt(spread);
            member.owned.clear();
            for (String topic : member.subscribed) {
                claims.clear();
                for (int i = random.nextInt(4); i > 0 && topics.getOrDefault(topic, 0) > 0; i--) {
                    claims.add(random.nextInt(topics.get(topic)));
                }
                claims.forEach(partition -> member.owned.add(new TopicPartition(topic, partition)));
            }
            Collections.shuffle(member.owned, random);
        }
    }

    /** Whether there was an answer. */
    private boolean answer(PrintStream out, int kind) {
        Map<String, Subscription> subscriptions = new HashMap<>();
        members.forEach((id, member) -> {
            Subscription subscription = new Subscription(new ArrayList<>(member.subscribed), userData(kind, member),
                member.owned, member.generation, Optional.empty());
            subscription.setGroupInstanceId(Optional.ofNullable(member.instance));
            subscriptions.put(id, subscription);
        });
        Map<String, Integer> counts = new HashMap<>();
        topics.forEach((topic, count) -> {
            if (count > 0 && members.values().stream().anyMatch(member -> member.subscribed.contains(topic))) {
                counts.put(topic, count);
            }
        });
        AbstractPartitionAssignor assignor = assignor(kind);
        StringBuilder line = new StringBuilder();
        question(line, assignor.name());
        Map<String, List<TopicPartition>> shares = patiently(() -> assignor.assign(counts, subscriptions));
        if (shares == null) {
            return false;
        }
        line.append(",\"shares\":{");
        shares.forEach((id, share) -> {
            line.append(line.charAt(line.length() - 1) == '{' ? "" : ",").append('"').append(id).append("\":");
            partitions(line, share);
            members.get(id).owned = new ArrayList<>(share);
            members.get(id).generation = generation;
        });
        out.println(line.append("}}"));
        return true;
    }

    /**
     * Null if there is no answer for a long time: where subscriptions differ, Kafka's sticky assignor once in some tens of
     * thousands of groups moves partitions to and fro for ever.
     */
    private static <T> T patiently(Callable<T> question) {
        FutureTask<T> answer = new FutureTask<>(question);
        Thread asking = new Thread(answer);
        asking.setDaemon(true);
        asking.start();
        try {
            return answer.get(10, TimeUnit.SECONDS);
        } catch (TimeoutException endless) {
            return null;
        } catch (InterruptedException | ExecutionException fault) {
            throw new IllegalStateException(fault);
        }
    }

    private static AbstractPartitionAssignor assignor(int kind) {
        switch (kind) {
            case 0: return new RangeAssignor();
            case 1: return new RoundRobinAssignor();
            case 2: return new StickyAssignor();
            default: return new CooperativeStickyAssignor();
        }
    }

    /** What {@code StickyAssignor} reads the past from: topics with their partitions, and the generation. */
    private static ByteBuffer userData(int kind, Member member) {
        if (kind != 2 || member.generation < 0 && member.owned.isEmpty()) {
            return null;
        }
        ByteBuffer data = ByteBuffer.allocate(8 + member.owned.size() * 64);
        data.putInt(member.owned.size());
        for (TopicPartition owned : member.owned) {
            byte[] topic = owned.topic().getBytes(StandardCharsets.UTF_8);
            data.putShort((short) topic.length).put(topic).putInt(1).putInt(owned.partition());
        }
        return data.putInt(member.generation).flip();
    }

    private void question(StringBuilder line, String assignor) {
        line.append("{\"assignor\":\"").append(assignor).append("\",\"topics\":{");
        topics.forEach((topic, count) -> line.append(topic.equals(topics.firstKey()) ? "\"" : ",\"").append(topic)
            .append("\":").append(count));
        line.append("},\"members\":[");
        members.forEach((id, member) -> {
            line.append(id.equals(members.firstKey()) ? "" : ",").append("{\"id\":\"").append(id).append("\",\"instance\":");
            line.append(member.instance == null ? "null" : "\"" + member.instance + "\"");
            line.append(",\"generation\":").append(member.generation < 0 ? "null" : "" + member.generation);
            line.append(",\"topics\":[\"").append(String.join("\",\"", member.subscribed)).append("\"],\"owned\":");
            partitions(line, member.owned);
            line.append('}');
        });
        line.append(']');
    }

    private static void partitions(StringBuilder line, List<TopicPartition> partitions) {
        line.append('[');
        for (int i = 0; i < partitions.size(); i++) {
            TopicPartition partition = partitions.get(i);
            line.append(i == 0 ? "[\"" : ",[\"").append(partition.topic()).append("\",").append(partition.partition()).append(']');
        }
        line.append(']');
    }
}
