import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;

/** Waits until a broker serves: {@code Ready ADDRESS PID}. Fails when the process is gone, or after 60 seconds. */
public final class Ready {
    public static void main(String[] args) throws Exception {
        long pid = Long.parseLong(args[1]);
        long deadline = System.nanoTime() + 60_000_000_000L;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", args[0]))) {
            while (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false) && System.nanoTime() < deadline) {
                if (serves(admin)) {
                    return;
                }
            }
        }
        System.exit(1);
    }

    private static boolean serves(Admin admin) throws InterruptedException {
        try {
            return !admin.describeCluster(new DescribeClusterOptions().timeoutMs(1_000)).nodes().get().isEmpty();
        } catch (ExecutionException notYet) {
            return false;
        }
    }
}
