// SPDX-License-Identifier: MIT
#include "backend/postgresql_faults.hpp"

#include <algorithm>
#include <utility>

namespace roam::postgresql {
namespace {

using thrower = void (*)(std::string const&, error_details&&);

template <class Error>
void raise(std::string const& message, error_details&& details) {
    throw Error(message, std::move(details));
}

struct mapping_rule {
    std::string_view state;  ///< five characters, or the two of a class
    thrower raise;
};

// The first that fits is taken, so exact states come before their class.
constexpr mapping_rule rules[] = {
    {"23505", raise<unique_error>},
    {"23503", raise<foreign_key_error>},
    {"23502", raise<not_null_error>},
    {"23514", raise<check_error>},
    {"44000", raise<check_error>},
    {"23", raise<constraint_error>},
    {"40001", raise<serialization_error>},
    {"40P01", raise<deadlock_error>},
    {"40002", raise<constraint_error>},
    {"40", raise<transient_error>},
    {"55P03", raise<busy_error>},
    {"57014", raise<cancelled_error>},
    {"08", raise<statement_error>},  // only 08P01 gets here
    {"42P01", raise<missing_table_error>},
    {"3F000", raise<missing_table_error>},
    {"42703", raise<missing_column_error>},
    {"42501", raise<permission_error>},
    {"25006", raise<permission_error>},
    {"28", raise<permission_error>},
    {"25P02", raise<transaction_failed_error>},
    {"22", raise<conversion_error>},
    {"53", raise<storage_error>},
    {"58", raise<storage_error>},
    {"XX001", raise<storage_error>},
    {"XX002", raise<storage_error>},
    {"0A", raise<unsupported_error>},
    {"21", raise<statement_error>},
    {"26", raise<statement_error>},
    {"2B", raise<statement_error>},
    {"34", raise<statement_error>},
    {"3B", raise<statement_error>},
    {"3D", raise<statement_error>},
    {"42", raise<statement_error>},
    {"54", raise<statement_error>},
    {"55", raise<statement_error>},
};

}  // namespace

// The marks differ with lc_messages; a value may hold marks too, so everything between the
// outermost goes.
void hide_quoted(std::string& message) {
    constexpr std::string_view marks[] = {"\"", "»", "«", "„", "“", "”", "「", "」", "'"};
    auto first = std::string::npos;
    std::size_t last = 0;
    for (auto const mark : marks) {
        auto const begin = message.find(mark);
        if (begin == std::string::npos)
            continue;
        first = std::min(first, begin);
        last = std::max(last, message.rfind(mark) + mark.size());
    }
    if (first < last)
        message.replace(first, last - first, "(not shown)");
}

bool is_end_of_session(std::string_view sqlstate) noexcept {
    return (sqlstate.starts_with("08") && sqlstate != "08P01") || sqlstate.starts_with("57P0");
}

void throw_sqlstate(std::string const& message, error_details details) {
    std::string_view const state = details.sqlstate;
    // Roam's own time limit is told apart before; this is the server's statement_timeout.
    if (state == "57014" && message.find("timeout") != std::string::npos)
        throw timeout_error(message, std::move(details));
    for (auto const& rule : rules) {
        if (state.starts_with(rule.state))
            rule.raise(message, std::move(details));
    }
    throw error(message, std::move(details));
}

}  // namespace roam::postgresql
