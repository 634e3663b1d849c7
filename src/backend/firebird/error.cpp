// SPDX-License-Identifier: MIT
#include "backend/firebird/error.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace roam::firebird {
namespace {

using thrower = void (*)(std::string const&, error_details&&);

template <class Error>
void raise(std::string const& message, error_details&& details) {
    throw Error(message, std::move(details));
}

struct code_rule {
    ISC_STATUS code;
    thrower raise;
};

// Before SQLSTATE, which says 23000 of every constraint and 42000 of much else.
constexpr code_rule by_code[] = {
    {isc_unique_key_violation, raise<unique_error>},
    {isc_no_dup, raise<unique_error>},
    {isc_foreign_key, raise<foreign_key_error>},
    {isc_check_constraint, raise<check_error>},
    {isc_cancelled, raise<cancelled_error>},
    {isc_read_only_trans, raise<permission_error>},
    {isc_read_only_database, raise<permission_error>},
    {isc_no_priv, raise<permission_error>},
    {isc_lock_timeout, raise<busy_error>},
    {isc_obj_in_use, raise<busy_error>},
    {isc_lock_conflict, raise<busy_error>},
    {isc_update_conflict, raise<serialization_error>},
    {isc_deadlock, raise<deadlock_error>},
    {isc_io_error, raise<storage_error>},
    {isc_db_corrupt, raise<storage_error>},
};

struct state_rule {
    std::string_view state;  ///< five characters, or the two of a class
    thrower raise;
};
constexpr state_rule by_state[] = {
    {"23", raise<constraint_error>},       {"40", raise<transient_error>},
    {"22", raise<conversion_error>},       {"28", raise<permission_error>},
    {"42S02", raise<missing_table_error>}, {"42S22", raise<missing_column_error>},
    {"0A", raise<unsupported_error>},      {"21", raise<statement_error>},
    {"07", raise<statement_error>},        {"25", raise<statement_error>},
    {"3B", raise<statement_error>},        {"42", raise<statement_error>},
    {"HY004", raise<statement_error>},
};

constexpr ISC_STATUS link_losses[] = {
    isc_net_read_err, isc_net_write_err, isc_network_error, isc_lost_db_connection,
    isc_att_shutdown, isc_shutdown,      isc_bad_db_handle, isc_net_connect_err,
};

constexpr std::string_view null_value = "\"*** null ***\"";

// A name in capitals stands for that in small letters (sql::stored_name()). Names are quoted, or
// they are all that a line says.
std::string with_small_names(std::string text) {
    auto const is_name = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '.';
    };
    auto const make_small = [&](std::size_t from, std::size_t to) {
        auto const begin = text.begin() + static_cast<std::ptrdiff_t>(from);
        auto const end = text.begin() + static_cast<std::ptrdiff_t>(to);
        if (!std::all_of(begin, end, is_name))
            return;
        std::transform(begin, end, begin, [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
    };
    make_small(0, text.size());
    for (std::string_view const before : {"constraint ", "table "}) {
        auto const found = text.find(before);
        if (found == std::string::npos)
            continue;
        auto const from = found + before.size();
        make_small(from, std::min(text.find(' ', from), text.size()));
    }
    for (auto at = text.find('"'); at != std::string::npos;) {
        auto const end = text.find('"', at + 1);
        if (end == std::string::npos)
            break;
        make_small(at + 1, end);
        at = text.find('"', end + 1);
    }
    return text;
}

// The lines that say more than that there is an error, and no value of the program's.
std::string worth_showing(ISC_STATUS code, std::string_view line) {
    if (code == isc_dsql_error || code == isc_sqlerr || code == isc_idx_key_value)
        return {};
    auto const cut_behind = [&](std::string_view words) {
        auto const at = line.find(words);
        return std::string{line.substr(0, at == std::string_view::npos ? at : at + words.size())};
    };
    if (code == isc_convert_error)
        return cut_behind("conversion error from string");
    if (code == isc_not_valid)
        return std::string{line.substr(0, line.rfind(", value "))} +
               (line.ends_with(null_value) ? ": it is NULL" : "");
    return std::string{line};
}

}  // namespace

bool failure::has(ISC_STATUS code) const noexcept {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool failure::is_conflict() const noexcept {
    // Two blocks that both found no table, and both made it.
    bool const made_twice = has(isc_no_meta_update) && has(isc_unique_key_violation);
    return has(isc_update_conflict) || made_twice;
}

// In read committed the row has another version by now. The engine has no code for it.
bool failure::is_outrun() const noexcept { return message.ends_with("BLOB not found"); }

bool failure::is_link_lost() const noexcept {
    return std::any_of(std::begin(link_losses), std::end(link_losses),
                       [&](auto code) { return has(code); });
}

failure failure_of(ISC_STATUS const* status) {
    failure what;
    char state[6] = {};
    fb_sqlstate(state, status);
    what.sqlstate = state;
    char line[1024];
    auto const* at = status;
    while (true) {
        ISC_STATUS const code = at[0] == isc_arg_gds ? at[1] : 0;
        if (fb_interpret(line, sizeof line, &at) == 0)
            break;
        if (code != 0)
            what.codes.push_back(code);
        auto const shown = worth_showing(code, line);
        if (shown.empty())
            continue;
        what.message.append(what.message.empty() ? "" : ": ").append(with_small_names(shown));
    }
    if (what.message.empty())
        what.message = "the engine gave no message";
    return what;
}

void throw_failure(failure const& what, error_details details) {
    auto const specific = std::find_if(what.codes.begin(), what.codes.end(), [](auto code) {
        return code != isc_dsql_error && code != isc_sqlerr;
    });
    details.native_code = specific == what.codes.end() ? 0 : static_cast<int>(*specific);
    details.sqlstate = what.sqlstate;
    if (what.is_link_lost()) {
        details.connection_usable = false;
        details.transaction_usable = false;
        throw connection_lost_error("the connection to the database is lost: " + what.message,
                                    std::move(details));
    }
    if (what.has(isc_not_valid)) {
        if (what.message.ends_with(": it is NULL"))
            throw not_null_error(what.message, std::move(details));
        throw check_error(what.message, std::move(details));
    }
    if (what.is_outrun()) {
        throw serialization_error(
            "the row was changed while its text or bytes were read: " + what.message,
            std::move(details));
    }
    // A table in use is refused at COMMIT, within another message about the metadata.
    for (auto const& rule : by_code) {
        if (what.has(rule.code))
            rule.raise(what.message, std::move(details));
    }
    for (auto const& rule : by_state) {
        if (what.sqlstate.starts_with(rule.state))
            rule.raise(what.message, std::move(details));
    }
    if (what.has(isc_no_meta_update) || what.has(isc_dsql_error))
        throw statement_error(what.message, std::move(details));
    throw error(what.message, std::move(details));
}

}  // namespace roam::firebird
