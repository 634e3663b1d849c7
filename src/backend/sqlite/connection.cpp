// SPDX-License-Identifier: MIT
#include "backend/sqlite/command.hpp"
#include "backend/sqlite/connection.hpp"
#include "backend/sqlite/process.hpp"
#include "backend/sqlite/soci_bridge.hpp"
#include "backend/sqlite/statement.hpp"
#include "backend/sqlite/writing_turn.hpp"
#include <roam/error.hpp>

#include <climits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roam::sqlite::detail {
namespace {

class sqlite_connection final : public backend::connection {
public:
    sqlite_connection(place const& where, owned_session owned, std::shared_ptr<void const> keep,
                      std::shared_ptr<writer_line> line);
    explicit sqlite_connection(soci::session& adopted);
    ~sqlite_connection() override;
    sqlite_connection(sqlite_connection const&) = delete;
    sqlite_connection& operator=(sqlite_connection const&) = delete;

    sql::dialect const& dialect() const noexcept override { return *dialect_; }
    std::unique_ptr<backend::statement> prepare(std::string_view sql,
                                                backend::row_mode mode) override;
    void execute(std::string_view script) override;
    std::string begin_sql(transaction_options options) const override {
        // IMMEDIATE: a transaction that reads first and writes later would otherwise fail with
        // BUSY_SNAPSHOT as soon as another one has written, and no waiting would help.
        return std::string{options.read_only ? begin_read_only_sql : "BEGIN IMMEDIATE"};
    }
    bool always_serializable() const noexcept override { return true; }
    backend::transaction_state transaction() const noexcept override;
    void commit() override { execute("COMMIT"); }
    bool has_undone_transaction() const noexcept override {
        return (engine_.attention & engine::failed) != 0;
    }
    void guard_transaction(bool on) noexcept override {
        engine_.attention = static_cast<std::uint8_t>(on ? engine_.attention | engine::guarded
                                                         : engine_.attention & ~engine::guarded);
    }
    bool has_running_statement() const noexcept override;
    bool usable() const noexcept override { return !engine_.broken; }
    bool ping() noexcept override;
    void reset_state() override;
    void cancel() noexcept override { engine_.cancel(); }
    void set_statement_timeout(std::chrono::milliseconds limit) noexcept override {
        engine_.set_limit(limit);
    }
    std::chrono::milliseconds statement_timeout() const noexcept override { return engine_.limit; }
    void set_stop(backend::stop_question wanted) noexcept override {
        engine_.stop = wanted;
        engine_.watch_clock();
    }
    backend::stop_question stop() const noexcept override { return engine_.stop; }
    void* native_handle() noexcept override {
        expose();
        return engine_.db;
    }
    soci::session& soci() override;
    void abandon() noexcept override;
    bool log_keys(backend::key_log* to) noexcept override;
    void forget_parameters() noexcept override {
        if (!engine_.is_foreign())
            prepared::unbind_all(engine_);
        if (turn_)
            turn_->after();
    }

private:
    void expose() noexcept {
        if (!engine_.is_foreign())
            prepared::unbind_all(engine_);
        engine_.exposed = true;
    }

    struct control {
        std::string sql;
        std::unique_ptr<prepared> statement;
    };

    void run(prepared& command);
    void learn_dialect();
    void watch(soci::session& session);
    std::unique_ptr<prepared> compile(std::string_view sql, std::string_view& tail);
    void close() noexcept;
    void drop_temporary_objects();
    void detach_databases();
    std::vector<std::string> texts(std::unique_ptr<prepared>& kept, std::string_view sql);

    engine engine_;
    std::optional<writing_turn> turn_;  // outlives the handle, which rolls back at its end
    std::shared_ptr<void const> keep_;
    owned_session owned_;  // null when adopted
    soci::session* soci_ = nullptr;
    sqlite3_stmt* anchor_ = nullptr;  // of a watched handle: SOCI cannot free the handle under us
    sql::dialect const* dialect_ = nullptr;
    place where_;  // of our own connection
    std::int64_t default_cache_size_ = 0;
    std::vector<control> controls_;
    std::unique_ptr<prepared> temporary_objects_;  // of reset_state(), kept: they are slow to make
    std::unique_ptr<prepared> other_databases_;
};

sqlite_connection::sqlite_connection(place const& where, owned_session owned,
                                     std::shared_ptr<void const> keep,
                                     std::shared_ptr<writer_line> line)
    : keep_(std::move(keep)),
      owned_(std::move(owned)),
      soci_(&session_of(*owned_)),
      where_(where) {
    engine_.db = static_cast<sqlite3*>(detail::native_handle(*soci_));
    engine_.mutex = mutex_of(engine_.db);  // none unless it was asked for
    engine_.busy_timeout = where.how.busy_timeout;
    engine_.confine();
    if (line)
        turn_.emplace(engine_, std::move(line));
    engine_.install_busy_handler();
    if (!where.memory)
        default_cache_size_ = pragma_number(engine_.db, "PRAGMA cache_size");
    learn_dialect();
}

sqlite_connection::sqlite_connection(soci::session& adopted) : soci_(&adopted) {
    engine_.db = static_cast<sqlite3*>(detail::native_handle(adopted));
    if (engine_.db == nullptr) {
        throw session_closed_error{"the soci::session to adopt is closed, or not one of SQLite"};
    }
    engine_.mutex = mutex_of(engine_.db);
    engine_.exposed = true;
    engine_.confine();
    learn_dialect();
    watch(adopted);
}

sqlite_connection::~sqlite_connection() {
    if (engine_.abandoned || engine_.is_foreign()) {
        // In a forked child closing would roll back, checkpoint and unlock files that the parent
        // still uses.
        static_cast<void>(owned_.release());
        return;
    }
    close();
}

void sqlite_connection::close() noexcept {
    controls_.clear();
    temporary_objects_.reset();
    other_databases_.reset();
    if (!owned_ && engine_.begun_here && !engine_.autocommit()) {
        sqlite3_exec(engine_.db, "ROLLBACK", nullptr, nullptr, nullptr);
    }
    engine_.stop = {};
    engine_.set_limit(std::chrono::milliseconds{0});
    sqlite3_finalize(anchor_);
    void* current = engine_.db;
    try {
        current = detail::native_handle(*soci_);
    } catch (...) {
        // Nothing but the making of a name can throw; then SOCI is left to close the handle.
    }
    // SOCI has given this handle up: its sqlite3_close() failed because our statements lived.
    if (current != engine_.db) {
        sqlite3_close_v2(engine_.db);
        return;
    }
    // sqlite3_close(), which SOCI calls, would leak the handle if a statement that the program
    // made beside us is left, such as one whose bind SOCI saw fail.
    if (owned_ && sqlite3_next_stmt(engine_.db, nullptr) != nullptr) {
        release_handle(*soci_);
        sqlite3_close_v2(engine_.db);
    }
}

void sqlite_connection::learn_dialect() {
    auto const most = sqlite3_limit(engine_.db, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
    dialect_ = &sql::intern(
        sql::sqlite_dialect(sqlite3_libversion_number(), static_cast<std::uint32_t>(most)));
}

void sqlite_connection::watch(soci::session& session) {
    if (anchor_ != nullptr)
        return;
    int const code = sqlite3_prepare_v2(engine_.db, "SELECT 1", -1, &anchor_, nullptr);
    if (code != SQLITE_OK)
        raise(engine_.describe(code, "SELECT 1", false));
    engine_.soci = &session;
    engine_.attention |= engine::watched;
}

soci::session& sqlite_connection::soci() {
    engine_.check_caller();
    expose();
    watch(*soci_);
    return *soci_;
}

void sqlite_connection::abandon() noexcept { engine_.abandoned = true; }

bool sqlite_connection::ping() noexcept {
    if (engine_.broken || (engine_.attention & engine::watched) == 0)
        return !engine_.broken;
    try {
        engine_.check_handle();
        return true;
    } catch (...) {
        return false;
    }
}

backend::transaction_state sqlite_connection::transaction() const noexcept {
    if ((engine_.attention & engine::failed) != 0)
        return backend::transaction_state::failed;
    if (engine_.is_foreign())  // it could not have begun one, nor taken over one
        return backend::transaction_state::none;
    return engine_.autocommit() ? backend::transaction_state::none
                                : backend::transaction_state::active;
}

bool sqlite_connection::has_running_statement() const noexcept {
    if (engine_.abandoned || engine_.is_foreign())
        return false;
    sqlite3_stmt* each = nullptr;
    while ((each = sqlite3_next_stmt(engine_.db, each)) != nullptr) {
        if (sqlite3_stmt_busy(each) != 0)
            return true;
    }
    return false;
}

// Compiles the first statement of `sql`; `tail` becomes what follows it.
std::unique_ptr<prepared> sqlite_connection::compile(std::string_view sql, std::string_view& tail) {
    if (sql.find('\0') != std::string_view::npos) {
        throw usage_error{"the SQL text has a NUL byte, where SQLite would stop reading"};
    }
    if (sql.size() > INT_MAX)
        throw usage_error{"the SQL text is longer than 2 GiB"};
    engine_.check_caller();
    if ((engine_.attention & engine::watched) != 0)
        engine_.check_handle();
    if ((engine_.attention & engine::limited) != 0)
        engine_.start_clock();
    engine_.note_begin();
    sqlite3_stmt* handle = nullptr;
    char const* end = sql.data();
    int const code = sqlite3_prepare_v3(engine_.db, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, &end);
    if (code != SQLITE_OK)
        engine_.fail(engine_.describe(code, sql, false));
    auto const used = static_cast<std::size_t>(end - sql.data());
    tail = skip_blank(sql.substr(used));
    if (handle == nullptr)
        return nullptr;
    try {
        return std::make_unique<prepared>(engine_, handle, command_of(sql.substr(0, used)));
    } catch (...) {
        sqlite3_finalize(handle);
        throw;
    }
}

std::unique_ptr<backend::statement> sqlite_connection::prepare(std::string_view sql,
                                                               backend::row_mode) {
    auto const text = skip_blank(sql);
    if (text.empty())
        throw usage_error{"the SQL text is empty"};
    std::string_view tail;
    auto statement = compile(text, tail);
    if (!tail.empty()) {
        error_details details;
        details.statement = sql;
        throw usage_error{"only one statement can be prepared, and another follows the first",
                          std::move(details)};
    }
    if (turn_)
        return std::make_unique<statement_in_turn>(*turn_, std::move(statement));
    return statement;
}

void sqlite_connection::run(prepared& command) {
    if (!turn_)
        return command.run_blind();
    struct ending {
        writing_turn& turn;
        ~ending() { turn.after(); }
    };
    turn_->before(command);
    ending const at_the_end{*turn_};
    command.run_blind();
}

void sqlite_connection::execute(std::string_view script) {
    for (auto& known : controls_) {
        if (known.sql == script) {
            run(*known.statement);
            return;
        }
    }
    auto rest = skip_blank(script);
    while (!rest.empty()) {
        auto const sql = rest;
        auto statement = compile(sql, rest);
        if (!statement)
            continue;
        run(*statement);
        // BEGIN, COMMIT and a few savepoints come back for ever; the second time they cost no
        // compilation, which is 4,200 instructions. `script` only if it was all of the text.
        bool const whole = rest.empty() && sql.data() == script.data();
        if (whole && controls_transaction(statement->kind()) && script.size() <= 64 &&
            controls_.size() < 16) {
            controls_.push_back({std::string{script}, std::move(statement)});
        }
    }
}

// The only column of a query that is prepared once.
std::vector<std::string> sqlite_connection::texts(std::unique_ptr<prepared>& kept,
                                                  std::string_view sql) {
    if (!kept) {
        std::string_view rest;
        kept = compile(sql, rest);
    }
    std::vector<std::string> found;
    mapping::cell text;
    kept->start({});
    while (kept->fetch(&text))
        found.emplace_back(text.as_text());
    return found;
}

void sqlite_connection::detach_databases() {
    for (auto const& name :
         texts(other_databases_,
               "SELECT name FROM pragma_database_list WHERE name NOT IN ('main', 'temp')")) {
        std::string sql = "DETACH ";
        sql::append_identifier(sql, name, *dialect_);
        execute(sql);
    }
}

void sqlite_connection::drop_temporary_objects() {
    // Views and triggers first: a table takes its triggers and indexes along.
    for (auto const& drop :
         texts(temporary_objects_,
               "SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || replace(name, '\"', '\"\"') || "
               "'\"' FROM temp.sqlite_schema WHERE type IN ('view', 'trigger', 'table') AND "
               "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC"))
        execute(drop);
}

bool sqlite_connection::log_keys(backend::key_log* to) noexcept {
    if (to != nullptr && engine_.exposed)
        return false;  // a hook of the program's own cannot be put back
    auto const added = [](void* log, int change, char const*, char const* table,
                          sqlite3_int64 key) {
        auto& keys = *static_cast<backend::key_log*>(log);
        if (change != SQLITE_INSERT)
            return;
        if (table != keys.found_at) {
            if (sqlite3_strnicmp(table, keys.table.data(), static_cast<int>(keys.table.size())) !=
                    0 ||
                table[keys.table.size()] != '\0')
                return;
            keys.found_at = table;
        }
        if (keys.count < keys.room.size())
            keys.room[keys.count] = key;
        ++keys.count;
    };
    sqlite3_update_hook(engine_.db, to != nullptr ? +added : nullptr, to);
    return to != nullptr;
}

void sqlite_connection::reset_state() {
    if (transaction() == backend::transaction_state::failed || !engine_.autocommit()) {
        execute("ROLLBACK");
    }
    // An adopted session's settings are its owner's.
    if (!owned_)
        return;
    engine_.exposed = false;
    if (pragma_number(engine_.db, "PRAGMA query_only") == 1)
        execute("PRAGMA query_only = 0");
    apply_options(engine_, where_, default_cache_size_);
    engine_.install_busy_handler();
    drop_temporary_objects();
    detach_databases();
}

}  // namespace

std::unique_ptr<backend::connection> open_connection(place const& where, clock::time_point deadline,
                                                     std::shared_ptr<void const> keep,
                                                     std::shared_ptr<writer_line> line) {
    // SOCI keeps the function for its reconnect(), so it keeps what the function needs.
    auto open = [where, keep](clock::time_point until) -> void* {
        return open_handle(where, until);
    };
    auto owned = open_session(std::move(open), deadline, where.how.busy_timeout);
    return std::make_unique<sqlite_connection>(where, std::move(owned), std::move(keep),
                                               std::move(line));
}

std::unique_ptr<backend::connection> adopt_connection(soci::session& session) {
    return std::make_unique<sqlite_connection>(session);
}

}  // namespace roam::sqlite::detail
