// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/postgresql.hpp>
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// What the tests of the PostgreSQL backend share.

namespace roam::test::postgresql {

using mapping::cell;
using mapping::cell_kind;

/// The server of the tests, or nullptr.
inline char const* server_url() { return std::getenv("ROAM_TEST_POSTGRESQL_URL"); }

#define ROAM_NEEDS_POSTGRESQL()                              \
    if (::roam::test::postgresql::server_url() == nullptr) { \
        ROAM_SKIP("ROAM_TEST_POSTGRESQL_URL is not set");    \
    }                                                        \
    static_assert(true)

inline std::unique_ptr<backend::connection> open_url(std::string const& text) {
    auto const where = backend::url::parse(text);
    return backend::driver_for(where.scheme)
        .configure(where)
        ->open(std::chrono::steady_clock::now() + std::chrono::seconds{10});
}

/// `more` are further options: "statement_timeout=50".
inline std::unique_ptr<backend::connection> open(std::string const& more = {}) {
    std::string text = server_url();
    if (!more.empty()) {
        text.append(text.find('?') == std::string::npos ? "?" : "&").append(more);
    }
    return open_url(text);
}

/// A cell with memory of its own.
struct kept_cell {
    explicit kept_cell(cell const& from) : value(from) {
        switch (from.kind) {
            case cell_kind::text:
            case cell_kind::unchecked_text:
            case cell_kind::json:
            case cell_kind::decimal:
            case cell_kind::array:
                bytes = from.as_text();
                break;
            case cell_kind::blob:
            case cell_kind::uuid:
                bytes.assign(reinterpret_cast<char const*>(from.bytes), from.size);
                break;
            default:
                break;
        }
    }

    cell value;
    std::string bytes;
};

using kept_row = std::vector<kept_cell>;

inline std::vector<kept_row> rows_of(backend::statement& from,
                                     std::initializer_list<cell> parameters = {}) {
    std::vector<cell> row(from.column_count());
    std::vector<kept_row> rows;
    from.start({parameters.begin(), parameters.size()});
    while (from.fetch(row.data()))
        rows.emplace_back(row.begin(), row.end());
    from.finish();
    return rows;
}

inline std::vector<kept_row> rows_of(backend::connection& on, std::string_view sql,
                                     std::initializer_list<cell> parameters = {}) {
    auto const prepared = on.prepare(sql);
    return rows_of(*prepared, parameters);
}

/// The only cell of the only row.
inline kept_cell one(backend::connection& on, std::string_view sql,
                     std::initializer_list<cell> parameters = {}) {
    auto const rows = rows_of(on, sql, parameters);
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].size() == 1);
    return rows[0][0];
}

inline std::int64_t one_integer(backend::connection& on, std::string_view sql,
                                std::initializer_list<cell> parameters = {}) {
    auto const found = one(on, sql, parameters);
    REQUIRE(found.value.kind == cell_kind::integer);
    return found.value.integer;
}

inline std::string one_text(backend::connection& on, std::string_view sql,
                            std::initializer_list<cell> parameters = {}) {
    auto const found = one(on, sql, parameters);
    REQUIRE(found.value.kind == cell_kind::text);
    return found.bytes;
}

inline std::int64_t run(backend::connection& on, std::string_view sql,
                        std::initializer_list<cell> parameters = {}) {
    return on.prepare(sql)->run({parameters.begin(), parameters.size()});
}

inline cell integer(std::int64_t value) { return cell::of(cell_kind::integer, value); }

/// The number of the server process behind a connection.
inline std::int64_t process_of(backend::connection& on) {
    return one_integer(on, "SELECT pg_backend_pid()");
}

/// Runs `action` and returns what it threw; fails the test when it threw something else.
template <class Error, class Action>
Error error_of(Action action) {
    try {
        action();
    } catch (error const& thrown) {
        if constexpr (std::is_same_v<Error, error>) {
            return thrown;
        } else {
            if (auto const* const expected = dynamic_cast<Error const*>(&thrown))
                return *expected;
            FAIL("thrown instead: " << thrown.code() << ": " << thrown.what());
        }
    }
    FAIL("nothing was thrown");
    throw std::logic_error{"not reached"};
}

}  // namespace roam::test::postgresql
