// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/transaction_options.hpp>
#include <roam/backend/url.hpp>
#include <roam/mapping/cell.hpp>
#include <roam/sql/dialect.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace soci {
class session;
}

// The whole interface between Roam and a database engine. A new backend implements connection and
// statement and runs the conformance suite. Everything here throws classes of <roam/error.hpp>;
// the same fault is the same class on each backend.

namespace roam::backend {

/// One prepared statement of one connection.
///
/// Life of an execution: start(), fetch() until it answers false or the caller has had enough,
/// finish(). Memory of the parameters must live until finish(). An exception out of start() or
/// fetch() has already finished the statement.
/// Thread safety: as its connection: one thread at a time.
class statement {
public:
    virtual ~statement() = default;

    /// Binds all parameters and runs the statement up to its first row. A wrong number of
    /// parameters is a usage_error; a value that the engine cannot take (text that is not UTF-8, a
    /// NaN on SQLite) is a conversion_error whose message names the parameter's number from 1.
    virtual void start(std::span<mapping::cell const> parameters) = 0;

    /// Fills one cell per result column and answers true, or answers false after the last row.
    /// The cells are views that live until the next call.
    virtual bool fetch(mapping::cell* row) = 0;

    /// How many rows the client holds already, so that room can be made for them; 0: not known.
    virtual std::size_t rows_ahead() const noexcept { return 0; }

    /// Rows matched by the last INSERT, UPDATE or DELETE (matched, not changed). Valid once fetch()
    /// has answered false, until the connection's next statement; for one without result columns
    /// already after start().
    virtual std::int64_t affected_rows() const = 0;

    /// The generated key of the one row that the last INSERT made, on the same terms; only where
    /// the dialect has capability::inserted_key.
    virtual std::int64_t inserted_key() const { return 0; }

    /// Ends the execution: the engine's cursor is reset and nobody reads the parameters' memory any
    /// more. Harmless when nothing runs. A statement that writes has succeeded only when fetch()
    /// has answered false: what goes wrong here is lost.
    virtual void finish() noexcept = 0;

    /// Known once prepared; 0 for a statement without a result.
    virtual std::size_t column_count() const = 0;
    virtual std::string column_name(std::size_t column) const = 0;
    virtual std::size_t parameter_count() const = 0;

    /// Runs a statement whose rows nobody wants and answers affected_rows().
    std::int64_t run(std::span<mapping::cell const> parameters);
};

/// Executions that are sent one after the other, without a wait for each answer: libpq's pipeline.
/// Life: send() any number of times, flush(), receive() as often, in the same order.
///
/// While it lives nothing else runs on its connection. After an error out of any member it can only
/// be destroyed, which reads and drops the answers that are left.
/// Thread safety: as its connection: one thread at a time.
class statement_queue {
public:
    virtual ~statement_queue() = default;

    /// Binds and sends; the parameters' memory is free again when it returns. False, with nothing
    /// sent, for a statement that has to be prepared anew first, which start() does.
    virtual bool send(statement& s, std::span<mapping::cell const> parameters) = 0;

    /// Asks for the answers to all that was sent.
    virtual void flush() = 0;

    /// Takes the next answer, which is the given statement's: then it stands as after start().
    virtual void receive(statement& s) = 0;
};

enum class transaction_state : std::uint8_t {
    none,  ///< autocommit
    active,
    failed,  ///< only ROLLBACK is possible
};

/// How rows travel.
enum class row_mode : std::uint8_t {
    buffered,     ///< the driver may read the whole result at start()
    streamed,     ///< constant memory: row by row; the connection is occupied until finish()
    interleaved,  ///< constant memory, and other statements may run between two calls of fetch():
                  ///< a SELECT inside a transaction, finished before that ends
    copied,       ///< to the server, inside a transaction: the text is a COPY FROM STDIN in binary
                  ///< form, a parameter for each column, of cell_kind::rows. A statement_error with
                  ///< SQLSTATE 0A000 or 42809 where a table or a value takes only an INSERT;
                  ///< capability::copied_rows
};

/// Whether somebody wants the running statement to stop: asked again and again while it runs.
struct stop_question {
    bool (*asked)(void const* context) = nullptr;  ///< null: nobody can want it
    void const* context = nullptr;

    explicit operator bool() const noexcept { return asked != nullptr && asked(context); }
};

/// The keys of rows that are inserted, in the order in which the engine adds the rows.
struct key_log {
    std::string_view table;          ///< of which; of any schema
    std::span<std::int64_t> room;    ///< for the first so many
    std::size_t count = 0;           ///< how many there were
    char const* found_at = nullptr;  ///< where the engine keeps the table's name, once it was seen
};

/// One open connection to a database.
///
/// Thread safety: one thread at a time, except cancel(). The destructor finalizes what is cached,
/// rolls back what is open, closes, and never throws. All statements must be destroyed before it.
class connection {
public:
    virtual ~connection() = default;

    virtual sql::dialect const& dialect() const noexcept = 0;  ///< interned

    /// Prepares one statement. Text with more than one statement is a usage_error.
    virtual std::unique_ptr<statement> prepare(std::string_view sql,
                                               row_mode mode = row_mode::buffered) = 0;

    /// From now on the engine tells the key of each row that it adds to a table, those that a
    /// trigger adds included; null: no more. False, with nothing changed, where it does not tell,
    /// or somebody outside may be listening. The log must live until the next call.
    virtual bool log_keys(key_log* /*to*/) noexcept { return false; }

    /// Begins a queue, inside a transaction; null where the engine has none.
    virtual std::unique_ptr<statement_queue> begin_queue() { return nullptr; }

    /// Runs SQL text without parameters, several statements allowed, rows thrown away. On an
    /// error the rest is not run.
    virtual void execute(std::string_view script) = 0;

    /// How a transaction begins: "BEGIN IMMEDIATE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY".
    virtual std::string begin_sql(transaction_options options) const = 0;

    /// Whether every transaction is serializable, whatever was asked for.
    virtual bool always_serializable() const noexcept { return false; }

    /// What the engine itself says; no round trip.
    virtual transaction_state transaction() const noexcept = 0;

    /// Whether the engine itself has undone the transaction that is open, savepoints included, so
    /// that ROLLBACK is all that is left.
    virtual bool has_undone_transaction() const noexcept { return false; }

    /// COMMIT, with the checks that the engine needs: a server that answered ROLLBACK throws
    /// transaction_failed_error, a link that broke throws commit_in_doubt_error.
    virtual void commit() = 0;

    /// While it is on, a statement that begins, commits or rolls back a transaction is a
    /// usage_error, where the backend looks at statements; savepoints are not.
    virtual void guard_transaction(bool /*on*/) noexcept {}

    /// Whether a statement is running that somebody made beside Roam, as far as the client can
    /// tell; no round trip. Asked of touched sessions only.
    virtual bool has_running_statement() const noexcept { return false; }

    /// False when the connection is known to be broken; no round trip.
    virtual bool usable() const noexcept = 0;

    /// Asks the server (a round trip where there is one); false when the link is dead.
    virtual bool ping() noexcept = 0;

    /// Undoes what a user may have changed in the session state (PostgreSQL: the list of
    /// docs/sessions.md) but keeps prepared statements. Called only for touched sessions.
    virtual void reset_state() = 0;

    /// Asks the running statement to stop; it then throws cancelled_error in its own thread.
    /// The one call that is legal from any thread while the connection lives.
    virtual void cancel() noexcept = 0;

    /// From now on a statement that runs longer throws timeout_error; zero: no limit. Local to
    /// the client: nothing is sent to the server.
    virtual void set_statement_timeout(std::chrono::milliseconds limit) noexcept = 0;

    /// The limit in force; of a new connection, what its URL said.
    virtual std::chrono::milliseconds statement_timeout() const noexcept = 0;

    /// From now on a statement for which the answer is yes throws cancelled_error, a running one as
    /// well as one that begins; a rollback excepted. The context must live until the next call, and
    /// may be asked from a thread of the connection's own.
    virtual void set_stop(stop_question wanted) noexcept = 0;
    virtual stop_question stop() const noexcept = 0;

    /// sqlite3*, PGconn*, MYSQL*, Firebird: isc_db_handle*.
    virtual void* native_handle() noexcept = 0;

    /// The SOCI session that opened this connection, usable beside Roam by the owning thread.
    virtual soci::session& soci() = 0;

    /// At the end of a lease: no statement names the memory of a parameter any more.
    virtual void forget_parameters() noexcept {}

    /// In a forked child: forgets the connection without a byte on the wire.
    virtual void abandon() noexcept = 0;
};

/// Opens connections to one configured database. Shared by all threads of a pool.
/// Thread safety: every member may be called from any number of threads at once.
class connector {
public:
    virtual ~connector() = default;

    /// Opens and prepares (pragmas, session settings) one connection, or throws connection_error
    /// before the deadline has passed by much. The message names the server and the cause, never
    /// the password.
    virtual std::unique_ptr<connection> open(std::chrono::steady_clock::time_point deadline) = 0;

    /// Where it leads, for messages: "sqlite:library.db", "postgresql://ann@host/db".
    virtual std::string description() const = 0;

    /// Throws unsupported_error when the calling thread may not use the engine at all: a SQLite
    /// without locks has been used by another. Asked before each lease, and each attach().
    virtual void check_caller() const {}

    /// The most connections that make sense at once: 1 for a SQLite memory database that cannot
    /// be shared, otherwise unlimited.
    virtual std::size_t max_connections() const { return static_cast<std::size_t>(-1); }
};

/// A backend's entrance. One static object per backend, registered under its URL scheme.
/// Thread safety: immutable.
class driver {
public:
    virtual ~driver() = default;
    virtual std::string_view scheme() const noexcept = 0;     ///< "sqlite"
    virtual std::string_view soci_name() const noexcept = 0;  ///< "sqlite3"

    /// Checks every part of the URL (an unknown option is a url_error) and opens nothing.
    virtual std::shared_ptr<connector> configure(url const& where) const = 0;

    /// Wraps a SOCI session that somebody else opened and will close. It must outlive the
    /// connection; its flags, pragmas and handlers are left as they are (D19).
    virtual std::unique_ptr<connection> adopt(soci::session& session) const = 0;
};

/// Makes a driver known; the header of a backend does it. The driver must have static storage.
void register_driver(driver const& d);

/// The driver of a URL scheme; an unknown one is a url_error that says which library to link.
driver const& driver_for(std::string_view scheme);

/// The driver of a SOCI backend name, for adoption.
driver const& driver_for_soci(std::string_view soci_name);

}  // namespace roam::backend
