// SPDX-License-Identifier: MIT
// What the conformance tests share: the same files run on each backend.
#pragma once

#include "support/catch.hpp"
#include "support/database.hpp"
#include "support/dialect.hpp"
#include <roam/roam.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>

namespace conformance {

inline bool on_sqlite() { return roam::test::engine() == "sqlite"; }
inline bool on_postgresql() { return roam::test::engine() == "postgresql"; }
inline bool on_mysql() { return roam::test::engine() == "mysql"; }
inline bool on_firebird() { return roam::test::engine() == "firebird"; }

/// The place, the pool and the tables of some records: what nearly every test begins with.
template <class... Records>
struct store {
    roam::test::place where;
    roam::database db = where.open();

    store() {
        if constexpr (sizeof...(Records) != 0)
            roam::create_tables<Records...>(db);
    }
    operator roam::database const&() const { return db; }
};

/// What the action throws, which must be of exactly this class: a parent would do on one backend
/// and hide that another one is more precise.
template <class Error, class Action>
Error thrown_by(Action action) {
    try {
        action();
    } catch (Error const& e) {
        INFO("thrown: " << typeid(e).name() << ": " << e.what());
        REQUIRE(typeid(e) == typeid(Error));
        return e;
    } catch (std::exception const& e) {
        FAIL("thrown was " << typeid(e).name() << ": " << e.what());
    }
    FAIL("nothing was thrown");
    throw std::logic_error("not reached: FAIL throws");
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace conformance
