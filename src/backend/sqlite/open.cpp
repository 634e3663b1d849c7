// SPDX-License-Identifier: MIT
#include "backend/sqlite/open.hpp"
#include "backend/sqlite/process.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace roam::sqlite::detail {
namespace {

struct handle_closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
};
using handle_guard = std::unique_ptr<sqlite3, handle_closer>;

bool is_lock(int code) {
    int const primary = code & 0xff;
    return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL;
}

[[noreturn]] void fail(place const& where, int code, std::string const& cause) {
    if ((code & 0xff) == SQLITE_NOMEM)
        throw std::bad_alloc{};
    error_details details;
    details.native_code = code;
    details.connection_usable = false;
    details.transaction_usable = false;
    throw connection_error{"cannot open " + where.description + ": " + cause, std::move(details)};
}

std::string cause_of_cantopen(place const& where, int system_error) {
    std::error_code ignored;
    std::filesystem::path const file{where.name};
    if (std::filesystem::is_directory(file, ignored))
        return "it is a directory";
    auto const folder = file.parent_path();
    if (!folder.empty() && !std::filesystem::exists(folder, ignored)) {
        return "there is no directory '" + folder.string() + "'";
    }
    if (!std::filesystem::exists(file, ignored) && where.how.mode != open_mode::create) {
        return "there is no such file, and only mode=rwc makes one";
    }
    if (system_error != 0)
        return std::generic_category().message(system_error);
    return "SQLite could not open the file";
}

std::string cause_of(place const& where, sqlite3* db, int code) {
    switch (code & 0xff) {
        case SQLITE_CANTOPEN:
            return cause_of_cantopen(where, db == nullptr ? 0 : sqlite3_system_errno(db));
        case SQLITE_NOTADB:
            return "the file is not a SQLite database, or it is encrypted";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return "another connection kept it locked until the deadline";
        default:
            return db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
    }
}

struct open_wait {
    clock::time_point until;
};

int on_busy_while_opening(void* context, int attempt) {
    return wait_for_lock(attempt, static_cast<open_wait*>(context)->until, nullptr) ? 1 : 0;
}

// Runs one pragma; `answer` gets the text of its first column.
int run_pragma(sqlite3* db, std::string_view sql, std::string* answer = nullptr) {
    sqlite3_stmt* statement = nullptr;
    int code =
        sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK)
        return code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        auto const* const text = reinterpret_cast<char const*>(sqlite3_column_text(statement, 0));
        if (answer != nullptr && text != nullptr)
            *answer = text;
    }
    int const reset = sqlite3_finalize(statement);
    return code == SQLITE_DONE ? SQLITE_OK : reset;
}

// Some locks are not waited for by the busy handler, where two waiting connections could stop each
// other: so when a new file becomes WAL, which eight threads opening it at once run into.
int retry_pragma(sqlite3* db, std::string_view sql, clock::time_point until, std::string* answer) {
    for (int attempt = 0;; ++attempt) {
        int const code = run_pragma(db, sql, answer);
        if (!is_lock(code) || !wait_for_lock(attempt, until, nullptr))
            return code;
    }
}

char const* text_of(journal_mode mode) {
    switch (mode) {
        case journal_mode::wal:
            return "wal";
        case journal_mode::remove:
            return "delete";
        case journal_mode::truncate:
            return "truncate";
        case journal_mode::persist:
            return "persist";
        case journal_mode::memory:
            return "memory";
        case journal_mode::off:
            return "off";
    }
    return "wal";
}

void set_journal(sqlite3* db, place const& where, clock::time_point deadline) {
    std::string const wanted = text_of(where.how.journal);
    std::string now;
    int code = retry_pragma(db, "PRAGMA journal_mode", deadline, &now);
    // Setting what is set already would take a lock each time.
    if (code == SQLITE_OK && now != wanted) {
        code = retry_pragma(db, "PRAGMA journal_mode = " + wanted, deadline, &now);
    }
    if (code != SQLITE_OK)
        fail(where, sqlite3_extended_errcode(db), cause_of(where, db, code));
    if (now != wanted) {
        fail(where, SQLITE_ERROR,
             "journal_mode=" + wanted + " was refused and " + now +
                 " is in force; a file system without shared memory, such "
                 "as a network's, needs journal_mode=delete");
    }
}

int flags_of(place const& where) {
    // NOMUTEX: one owner uses a connection, so a lock around each call would cost 17 % of a read
    // by key for nothing. EXRESCODE: errors are told apart by the extended code.
    bool const locked = where.how.threading == threading_mode::serialized;
    int flags = (locked ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX) | SQLITE_OPEN_URI;
#ifdef SQLITE_OPEN_EXRESCODE
    flags |= SQLITE_OPEN_EXRESCODE;
#endif
    switch (where.how.mode) {
        case open_mode::create:
            return flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case open_mode::read_write:
            return flags | SQLITE_OPEN_READWRITE;
        case open_mode::read_only:
            return flags | SQLITE_OPEN_READONLY;
    }
    return flags;
}

handle_guard open_plain(place const& where) {
    sqlite3* opened = nullptr;
    int const code = sqlite3_open_v2(where.name.c_str(), &opened, flags_of(where),
                                     where.shared_memory ? "memdb" : nullptr);
    handle_guard db{opened};
    if (code != SQLITE_OK) {
        int const extended = opened == nullptr ? code : sqlite3_extended_errcode(opened);
        fail(where, extended, cause_of(where, opened, code));
    }
    if (where.how.threading == threading_mode::serialized && mutex_of(opened) == nullptr) {
        throw unsupported_error{"cannot open " + where.description +
                                " with threading=serialized: SQLite has no locks in this process"};
    }
    sqlite3_extended_result_codes(opened, 1);
    return db;
}

char const* synchronous_of(durability sync) {
    switch (sync) {
        case durability::none:
            return "PRAGMA synchronous = 0";
        case durability::relaxed:
            return "PRAGMA synchronous = 1";
        case durability::full:
            return "PRAGMA synchronous = 2";
        case durability::extra:
            return "PRAGMA synchronous = 3";
    }
    return "PRAGMA synchronous = 2";
}

void set_flag(sqlite3* db, int which, bool on) {
    sqlite3_db_config(db, which, on ? 1 : 0, static_cast<int*>(nullptr));
}

// Settings of the connection, not of the file.
int set_options(sqlite3* db, options const& how, std::int64_t default_cache_size, bool has_file,
                clock::time_point until) {
    set_flag(db, SQLITE_DBCONFIG_ENABLE_FKEY, how.foreign_keys);
    // Otherwise "no_such_column" is read as a text literal, and a mistake in a name is no error.
    set_flag(db, SQLITE_DBCONFIG_DQS_DML, false);
    set_flag(db, SQLITE_DBCONFIG_DQS_DDL, false);

    std::vector<std::string> pragmas{
        "PRAGMA mmap_size = " + std::to_string(how.mmap_size),
        "PRAGMA temp_store = " + std::to_string(static_cast<int>(how.temporary)),
    };
    // These two read the schema, for which a memory database waits until its writer is done: so
    // one is opened without them, and without looking into it, while a transaction is open.
    if (has_file)
        pragmas.emplace_back(synchronous_of(how.sync));
    if (has_file || how.cache_size) {
        pragmas.push_back("PRAGMA cache_size = " +
                          std::to_string(how.cache_size.value_or(default_cache_size)));
    }
    for (auto const& pragma : pragmas) {
        int const code = retry_pragma(db, pragma, until, nullptr);
        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

}  // namespace

bool has_shared_memory() noexcept {
    // 3.36 gave memdb names. Neither call initialises SQLite.
    return sqlite3_libversion_number() >= 3036000 &&
           sqlite3_compileoption_used("OMIT_DESERIALIZE") == 0 && sqlite3_threadsafe() != 0;
}

sqlite3* open_handle(place const& where, clock::time_point deadline) {
    auto db = open_plain(where);
    open_wait wait{deadline};
    sqlite3_busy_handler(db.get(), on_busy_while_opening, &wait);
    std::int64_t cache_size = 0;
    int code = SQLITE_OK;
    if (!where.memory) {
        code = retry_pragma(db.get(), "PRAGMA schema_version", deadline, nullptr);
        if (code != SQLITE_OK) {
            fail(where, sqlite3_extended_errcode(db.get()), cause_of(where, db.get(), code));
        }
        cache_size = pragma_number(db.get(), "PRAGMA cache_size");
    }
    if (where.how.mode != open_mode::read_only && sqlite3_db_readonly(db.get(), "main") == 1) {
        fail(where, SQLITE_READONLY, "the file cannot be written; mode=ro opens it for reading");
    }
    // A memory database has a journal in memory, and a read-only one takes what it finds.
    if (!where.memory && where.how.mode != open_mode::read_only) {
        set_journal(db.get(), where, deadline);
    }
    code = set_options(db.get(), where.how, cache_size, !where.memory, deadline);
    if (code != SQLITE_OK) {
        fail(where, sqlite3_extended_errcode(db.get()), cause_of(where, db.get(), code));
    }
    sqlite3_busy_timeout(db.get(), static_cast<int>(where.how.busy_timeout.count()));
    return db.release();
}

sqlite3* open_memory_anchor(place const& where) {
    auto db = open_plain(where);
#ifdef SQLITE_FCNTL_SIZE_LIMIT
    // 1 GiB unless told, where an unshared memory database has no limit.
    sqlite3_int64 limit = sqlite3_int64{1} << 46;
    sqlite3_file_control(db.get(), "main", SQLITE_FCNTL_SIZE_LIMIT, &limit);
#endif
    return db.release();
}

void apply_options(engine const& to, place const& where, std::int64_t default_cache_size) {
    int const code = set_options(to.db, where.how, default_cache_size, !where.memory,
                                 clock::now() + where.how.busy_timeout);
    if (code != SQLITE_OK)
        raise(to.describe(code, "PRAGMA", false));
}

std::int64_t pragma_number(sqlite3* db, char const* sql) noexcept {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK)
        return -1;
    std::int64_t const number =
        sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_finalize(statement);
    return number;
}

}  // namespace roam::sqlite::detail
