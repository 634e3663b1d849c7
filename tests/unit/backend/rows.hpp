// SPDX-License-Identifier: MIT
#pragma once

#include <roam/backend/backend.hpp>
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// What the tests of several backends share: rows as text that a check can print.

namespace roam::test::rows {

using mapping::cell;
using mapping::cell_kind;

/// "integer 7", "text 'abc'", "blob 2 bytes", "null".
inline std::string shown(cell const& c) {
    std::string const kind{mapping::name_of(c.kind)};
    switch (c.kind) {
        case cell_kind::null:
            return "null";
        case cell_kind::boolean:
        case cell_kind::integer:
        case cell_kind::date:
        case cell_kind::timestamp:
        case cell_kind::local_timestamp:
            return kind + " " + std::to_string(c.integer);
        case cell_kind::real:
            return kind + " " + std::to_string(c.real);
        case cell_kind::blob:
            return kind + " " + std::to_string(c.size) + " bytes";
        default:
            return kind + " '" + std::string{c.as_text()} + "'";
    }
}

using shown_row = std::vector<std::string>;

inline std::vector<shown_row> rows_of(backend::statement& from,
                                      std::initializer_list<cell> parameters = {}) {
    std::vector<shown_row> rows;
    from.start({parameters.begin(), parameters.size()});
    std::vector<cell> row(from.column_count());
    while (from.fetch(row.data())) {
        auto& next = rows.emplace_back();
        for (auto const& c : row)
            next.push_back(shown(c));
    }
    from.finish();
    return rows;
}

inline std::vector<shown_row> rows_of(backend::connection& on, std::string_view sql,
                                      std::initializer_list<cell> parameters = {}) {
    auto const prepared = on.prepare(sql);
    return rows_of(*prepared, parameters);
}

/// The only cell of the only row.
inline std::string one(backend::connection& on, std::string_view sql,
                       std::initializer_list<cell> parameters = {}) {
    auto const rows = rows_of(on, sql, parameters);
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].size() == 1);
    return rows[0][0];
}

inline std::int64_t run(backend::connection& on, std::string_view sql,
                        std::initializer_list<cell> parameters = {}) {
    return on.prepare(sql)->run({parameters.begin(), parameters.size()});
}

inline cell integer(std::int64_t value) { return cell::of(cell_kind::integer, value); }

/// Runs `action` and returns what it threw; fails the test when it threw something else.
template <class Error, class Action>
Error error_of(Action action) {
    try {
        action();
    } catch (Error const& expected) {
        return expected;
    } catch (error const& thrown) {
        FAIL("thrown instead: " << thrown.code() << ": " << thrown.what());
    }
    FAIL("nothing was thrown");
    throw std::logic_error{"not reached"};
}

}  // namespace roam::test::rows
