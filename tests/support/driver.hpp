// SPDX-License-Identifier: MIT
#pragma once

#include <support/catch.hpp>
#include <support/database.hpp>

#include <string>
#include <string_view>

namespace roam::test {

/// What a driver between Roam and the engine may lack, beside the capabilities of the dialect.
/// docs/backends.md says it to the user.
enum class driver_ability {
    early_dates,     ///< days before the year 1
    plain_marks,     ///< a '?' that is no parameter
    portioned_rows,  ///< a stream asks for its rows in portions
    session_zone,    ///< the session's time zone may be changed
    strict_names,    ///< a quoted name that is no column is an error
    trailing_space,  ///< text that differs in spaces at its end differs
};

constexpr std::string_view name_of(driver_ability what) {
    switch (what) {
        case driver_ability::early_dates:
            return "early_dates";
        case driver_ability::plain_marks:
            return "plain_marks";
        case driver_ability::portioned_rows:
            return "portioned_rows";
        case driver_ability::session_zone:
            return "session_zone";
        case driver_ability::strict_names:
            return "strict_names";
        case driver_ability::trailing_space:
            return "trailing_space";
    }
    return "unknown";
}

/// Firebird's calendar begins with the year 1, its sessions have no zone, and its comparisons fill
/// the shorter text up with spaces. No driver of ODBC asks for rows in portions; strict_names is
/// what SQLite's lacks besides, and psqlODBC the rest.
inline bool driver_can(driver_ability what) {
    if (engine() == "firebird")
        return what != driver_ability::early_dates && what != driver_ability::session_zone &&
               what != driver_ability::trailing_space;
    if (!over_odbc() || what == driver_ability::trailing_space)
        return true;
    if (what == driver_ability::portioned_rows)
        return false;
    return engine() != (what == driver_ability::strict_names ? "sqlite" : "postgresql");
}

#define ROAM_NEEDS_OF_DRIVER(what)                                                         \
    if (!::roam::test::driver_can(::roam::test::driver_ability::what)) {                   \
        ROAM_SKIP("the driver lacks the ability " +                                        \
                  std::string{::roam::test::name_of(::roam::test::driver_ability::what)}); \
    }                                                                                      \
    static_assert(true)

}  // namespace roam::test
