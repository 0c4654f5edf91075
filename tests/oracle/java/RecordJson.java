import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** A consumed record as the one line of JSON that {@code kafdir consume --json} prints for it. */
final class RecordJson {
    private RecordJson() {}

    static String of(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder out = new StringBuilder("{\"topic\":");
        string(out, record.topic());
        out.append(",\"partition\":").append(record.partition());
        out.append(",\"offset\":").append(record.offset());
        out.append(",\"timestamp\":").append(record.timestamp());
        out.append(",\"timestamp_type\":");
        string(out, record.timestampType().name);
        member(out, "key", record.key());
        member(out, "value", record.value());
        out.append(",\"headers\":[");
        String separator = "";
        for (Header header : record.headers()) {
            out.append(separator).append('[');
            string(out, header.key());
            out.append(',');
            headerValue(out, header.value());
            out.append(']');
            separator = ",";
        }
        return out.append("]}").toString();
    }

    private static void member(StringBuilder out, String name, byte[] bytes) {
        out.append(",\"").append(name);
        String text = bytes == null ? null : text(bytes);
        if (bytes == null) {
            out.append("\":null");
        } else if (text == null) {
            out.append("_base64\":");
            string(out, base64(bytes));
        } else {
            out.append("\":");
            string(out, text);
        }
    }

    private static void headerValue(StringBuilder out, byte[] bytes) {
        String text = bytes == null ? null : text(bytes);
        if (bytes == null) {
            out.append("null");
        } else if (text == null) {
            out.append("{\"base64\":");
            string(out, base64(bytes));
            out.append('}');
        } else {
            string(out, text);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The text that these bytes are, or null where they are not UTF-8. */
    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
