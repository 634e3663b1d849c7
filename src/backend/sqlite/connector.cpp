// SPDX-License-Identifier: MIT
#include "backend/sqlite/connection.hpp"
#include "backend/sqlite/options.hpp"
#include "backend/sqlite/process.hpp"
#include "backend/sqlite/soci_bridge.hpp"
#include <roam/backend/sqlite.hpp>
#include <roam/error.hpp>

#include <unistd.h>

#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace roam::sqlite {
namespace detail {
namespace {

// Random, because two copies of Roam in one process share one SQLite and so one list of names.
std::string private_name() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device source;
    std::string name = "/roam-";
    for (int i = 0; i < 4; ++i) {
        auto bits = source();
        for (int k = 0; k < 8; ++k, bits >>= 4)
            name.push_back(digits[bits & 15]);
    }
    return name;
}

place place_of(std::string path, options const& how) {
    place where;
    where.how = how;
    where.description = "sqlite:" + path;
    where.memory = path == ":memory:";
    where.shared_memory = where.memory && has_shared_memory();
    if (where.shared_memory) {
        where.name = private_name();
    } else if (path.starts_with("file:")) {
        // A file of that name, not a URI with a second set of options.
        where.name = "./" + path;
    } else {
        where.name = std::move(path);
    }
    return where;
}

// Holds a memory database's data. Connections keep it, so that they may outlive the connector.
struct memory_anchor {
    explicit memory_anchor(place const& where) : db(open_memory_anchor(where)) {}
    ~memory_anchor() {
        if (process_gate().admits_caller())
            sqlite3_close(db);
    }
    memory_anchor(memory_anchor const&) = delete;
    memory_anchor& operator=(memory_anchor const&) = delete;

    sqlite3* db;
};

class sqlite_connector final : public backend::connector {
public:
    explicit sqlite_connector(place where) : where_(std::move(where)) { touch_soci(); }

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        check_caller();
        return open_connection(where_, deadline, anchor(), line());
    }

    std::string description() const override { return where_.description; }

    void check_caller() const override { process_gate().check_caller(); }

    std::size_t max_connections() const override {
        bool const alone = (where_.memory && !where_.shared_memory) || sqlite3_threadsafe() == 0;
        return alone ? 1 : connector::max_connections();
    }

private:
    std::shared_ptr<void const> anchor() {
        if (!where_.shared_memory)
            return nullptr;
        std::lock_guard lock{mutex_};
        if (!anchor_)
            anchor_ = std::make_shared<memory_anchor>(where_);
        return anchor_;
    }

    // One for each process: in a forked child nobody would ever leave the parent's.
    std::shared_ptr<writer_line> line() {
        if (!where_.how.one_writer)
            return nullptr;
        std::lock_guard lock{mutex_};
        if (!line_ || line_of_ != ::getpid()) {
            line_ = std::make_shared<writer_line>();
            line_of_ = ::getpid();
        }
        return line_;
    }

    place where_;
    std::mutex mutex_;
    std::shared_ptr<memory_anchor> anchor_;
    std::shared_ptr<writer_line> line_;
    pid_t line_of_ = 0;
};

class sqlite_driver_object final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "sqlite"; }
    std::string_view soci_name() const noexcept override { return "sqlite3"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(where.path, parse_options(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        process_gate().check_caller();
        return adopt_connection(session);
    }
};

}  // namespace
}  // namespace detail

std::shared_ptr<backend::connector> make_connector(std::string path, options const& how) {
    if (path.empty()) {
        throw usage_error{"no file is named; for a database in memory write sqlite::memory:"};
    }
    if (path.find('\0') != std::string::npos) {
        throw usage_error{"the file name has a NUL byte"};
    }
    detail::check_options(how, path == ":memory:");
    return std::make_shared<detail::sqlite_connector>(detail::place_of(std::move(path), how));
}

}  // namespace roam::sqlite

namespace roam::backend {

driver const& sqlite_driver() {
    // Never destroyed: a static database may still ask for it at the very end.
    static auto const& instance = *new sqlite::detail::sqlite_driver_object;
    return instance;
}

}  // namespace roam::backend
