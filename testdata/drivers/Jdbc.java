import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.UUID;

/** What programs do with PostgreSQL's JDBC driver. The argument is host:port; a check that fails ends it with a stack trace. */
class Jdbc {
    static void check(Object want, Object got) {
        boolean same = want instanceof byte[] w ? Arrays.equals(w, (byte[]) got)
            : want instanceof Object[] w ? Arrays.deepEquals(w, (Object[]) got) : want.equals(got);
        if (!same) {
            throw new AssertionError("want " + want + ", got " + got);
        }
    }

    public static void main(String[] args) throws Exception {
        String url = "jdbc:postgresql://" + args[0] + "/freshet?user=freshet&sslmode=disable&loggerLevel=OFF";
        queries(url, "jdbc_text", "&binaryTransfer=false");
        // The first use of a statement is already prepared on the server, and its results are binary.
        queries(url, "jdbc_binary", "&prepareThreshold=-1&binaryTransfer=true");
        queries(url, "jdbc_simple", "&preferQueryMode=simple");
        conflict(url);
        metaData(url);
        System.out.println("ok");
    }

    static void queries(String url, String table, String options) throws SQLException {
        boolean simple = options.contains("simple");
        try (Connection c = DriverManager.getConnection(url + options)) {
            try (Statement s = c.createStatement()) {
                s.execute("CREATE TABLE " + table + " (id int PRIMARY KEY, b bigint, d double precision, n numeric(20, 5), t text, y bytea,"
                    + " day date, at timestamp, atz timestamptz, u uuid, ok boolean, a int[])");
            }
            UUID uuid = UUID.fromString("12345678-1234-5678-1234-567812345678");
            LocalDateTime at = LocalDateTime.of(2024, 2, 29, 1, 2, 3, 456789000);
            try (PreparedStatement p = c.prepareStatement("INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                for (int i = 0; i < 20; i++) {
                    p.setInt(1, i);
                    p.setLong(2, 1L << 40 | i);
                    p.setDouble(3, i / 4.0);
                    p.setBigDecimal(4, new BigDecimal("123456789.12345"));
                    p.setString(5, "naïve '" + i);
                    if (simple) { // the driver cannot send bytes in this mode
                        p.setNull(6, Types.BINARY);
                    } else {
                        p.setBytes(6, new byte[] {0, (byte) 255, (byte) i});
                    }
                    p.setObject(7, LocalDate.of(2024, 2, 29));
                    p.setObject(8, at);
                    p.setObject(9, at.atOffset(ZoneOffset.UTC));
                    p.setObject(10, uuid);
                    p.setBoolean(11, i % 2 == 0);
                    p.setArray(12, c.createArrayOf("int4", new Object[] {i, null, 3}));
                    p.addBatch();
                }
                check(20, p.executeBatch().length);
            }
            try (PreparedStatement p = c.prepareStatement("SELECT * FROM " + table + " WHERE id = ?")) {
                for (int i = 0; i < 8; i++) { // past the threshold of preparing on the server
                    p.setInt(1, i);
                    try (ResultSet r = p.executeQuery()) {
                        check(true, r.next());
                        check(i, r.getInt("id"));
                        check(1L << 40 | i, r.getLong("b"));
                        check(i / 4.0, r.getDouble("d"));
                        check(new BigDecimal("123456789.12345"), r.getBigDecimal("n"));
                        check("naïve '" + i, r.getString("t"));
                        if (!simple) {
                            check(new byte[] {0, (byte) 255, (byte) i}, r.getBytes("y"));
                        }
                        check(LocalDate.of(2024, 2, 29), r.getObject("day", LocalDate.class));
                        check(at, r.getObject("at", LocalDateTime.class));
                        check(at.atOffset(ZoneOffset.UTC).toInstant(), r.getObject("atz", OffsetDateTime.class).toInstant());
                        check(uuid, r.getObject("u"));
                        check(i % 2 == 0, r.getBoolean("ok"));
                        check(new Object[] {i, null, 3}, r.getArray("a").getArray());
                        check(false, r.next());
                    }
                }
            }
            c.setAutoCommit(false); // with a size of fetches rows come through a portal
            try (PreparedStatement p = c.prepareStatement("SELECT id FROM " + table + " WHERE id >= ? ORDER BY id")) {
                p.setFetchSize(3);
                p.setInt(1, 5);
                try (ResultSet r = p.executeQuery()) {
                    for (int i = 5; i < 20; i++) {
                        check(true, r.next());
                        check(i, r.getInt(1));
                    }
                    check(false, r.next());
                }
            }
            try (Statement s = c.createStatement()) {
                s.executeQuery("SELECT nosuch FROM " + table);
                throw new AssertionError("a column that does not exist");
            } catch (SQLException e) {
                check("42703", e.getSQLState());
            }
            c.rollback();
        }
    }

    static void conflict(String url) throws SQLException {
        try (Connection one = DriverManager.getConnection(url); Connection two = DriverManager.getConnection(url)) {
            for (Connection c : new Connection[] {one, two}) {
                c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
                c.setAutoCommit(false);
                try (PreparedStatement p = c.prepareStatement("UPDATE jdbc_text SET b = b + ? WHERE id = ?")) {
                    p.setLong(1, 1);
                    p.setInt(2, 1);
                    check(1, p.executeUpdate());
                }
            }
            one.commit();
            try {
                two.commit();
                throw new AssertionError("both transactions were committed");
            } catch (SQLException e) {
                check("40001", e.getSQLState());
            }
            two.rollback();
        }
    }

    static void metaData(String url) throws SQLException {
        try (Connection c = DriverManager.getConnection(url); ResultSet r = c.getMetaData().getColumns(null, "public", "jdbc\\_text", "%")) {
            int columns = 0;
            while (r.next()) {
                columns++;
            }
            check(12, columns);
            try (ResultSet keys = c.getMetaData().getPrimaryKeys(null, "public", "jdbc_text")) {
                check(true, keys.next());
                check("id", keys.getString("COLUMN_NAME"));
            }
        }
    }
}
