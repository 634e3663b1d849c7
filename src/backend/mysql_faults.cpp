// SPDX-License-Identifier: MIT
#include "backend/mysql_faults.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace roam::mysql {
namespace {

// By the names of mysqld_error.h and errmsg.h, which not every backend that meets them has.
enum number : unsigned {
    er_checkread = 1020,
    er_disk_full = 1021,
    er_dup_key = 1022,
    er_get_errno = 1030,
    er_not_keyfile = 1034,
    er_dbaccess_denied_error = 1044,
    er_access_denied_error = 1045,
    er_unknown_com_error = 1047,
    er_bad_null_error = 1048,
    er_bad_db_error = 1049,
    er_bad_table_error = 1051,
    er_server_shutdown = 1053,
    er_bad_field_error = 1054,
    er_dup_entry = 1062,
    er_normal_shutdown = 1077,
    er_record_file_full = 1114,
    er_tableaccess_denied_error = 1142,
    er_columnaccess_denied_error = 1143,
    er_no_such_table = 1146,
    er_net_packet_too_large = 1153,
    er_net_read_error = 1158,
    er_net_read_interrupted = 1159,
    er_net_error_on_write = 1160,
    er_net_write_interrupted = 1161,
    er_dup_unique = 1169,
    er_crashed_on_usage = 1194,
    er_lock_wait_timeout = 1205,
    er_lock_deadlock = 1213,
    er_no_referenced_row = 1216,
    er_row_is_referenced = 1217,
    er_specific_access_denied_error = 1227,
    er_not_supported_yet = 1235,
    er_unknown_stmt_handler = 1243,
    er_warn_data_out_of_range = 1264,
    warn_data_truncated = 1265,
    er_option_prevents_statement = 1290,
    er_truncated_wrong_value = 1292,
    er_unsupported_ps = 1295,
    er_query_interrupted = 1317,
    er_no_default_for_field = 1364,
    er_division_by_zero = 1365,
    er_truncated_wrong_value_for_field = 1366,
    er_data_too_long = 1406,
    er_row_is_referenced_2 = 1451,
    er_no_referenced_row_2 = 1452,
    er_cant_change_tx_characteristics = 1568,
    er_dup_entry_with_key_name = 1586,
    er_need_reprepare = 1615,
    er_data_out_of_range = 1690,
    er_cant_execute_in_read_only_transaction = 1792,
    er_read_only_mode = 1836,
    er_connection_killed = 1927,
    er_statement_timeout = 1969,
    cr_connection_error = 2002,
    cr_conn_host_error = 2003,
    cr_server_gone_error = 2006,
    cr_server_lost = 2013,
    cr_malformed_packet = 2027,
    cr_server_lost_extended = 2055,
    cr_new_stmt_metadata = 2057,
    er_constraint_failed = 4025,
};

using thrower = void (*)(std::string const&, error_details&&);

template <class Error>
void raise(std::string const& message, error_details&& details) {
    throw Error(message, std::move(details));
}

struct number_rule {
    unsigned number;
    thrower raise;
};

// Numbers, because SQLSTATE says 23000 of every constraint and HY000 of most else. Those without a
// name in MariaDB's header are MySQL's own.
constexpr number_rule by_number[] = {
    {er_dup_key, raise<unique_error>},
    {er_dup_entry, raise<unique_error>},
    {er_dup_unique, raise<unique_error>},
    {er_dup_entry_with_key_name, raise<unique_error>},
    {er_no_referenced_row, raise<foreign_key_error>},
    {er_row_is_referenced, raise<foreign_key_error>},
    {er_row_is_referenced_2, raise<foreign_key_error>},
    {er_no_referenced_row_2, raise<foreign_key_error>},
    {er_bad_null_error, raise<not_null_error>},
    {er_no_default_for_field, raise<not_null_error>},
    {er_constraint_failed, raise<check_error>},
    {3819, raise<check_error>},
    {er_lock_deadlock, raise<deadlock_error>},
    {er_checkread, raise<serialization_error>},
    {er_lock_wait_timeout, raise<busy_error>},
    {3572, raise<busy_error>},                       // NOWAIT
    {er_unknown_com_error, raise<transient_error>},  // a Galera node without its quorum
    {er_need_reprepare, raise<statement_invalidated_error>},
    {er_no_such_table, raise<missing_table_error>},
    {er_bad_table_error, raise<missing_table_error>},
    {er_bad_db_error, raise<missing_table_error>},
    {er_bad_field_error, raise<missing_column_error>},
    {er_dbaccess_denied_error, raise<permission_error>},
    {er_access_denied_error, raise<permission_error>},
    {er_tableaccess_denied_error, raise<permission_error>},
    {er_columnaccess_denied_error, raise<permission_error>},
    {er_specific_access_denied_error, raise<permission_error>},
    {er_option_prevents_statement, raise<permission_error>},
    {er_cant_execute_in_read_only_transaction, raise<permission_error>},
    {er_read_only_mode, raise<permission_error>},
    {er_query_interrupted, raise<cancelled_error>},
    {er_statement_timeout, raise<timeout_error>},
    {3024, raise<timeout_error>},
    {er_disk_full, raise<storage_error>},
    {er_record_file_full, raise<storage_error>},
    {er_get_errno, raise<storage_error>},
    {er_not_keyfile, raise<storage_error>},
    {er_crashed_on_usage, raise<storage_error>},
    {er_not_supported_yet, raise<unsupported_error>},
    {er_unsupported_ps, raise<unsupported_error>},
    {er_cant_change_tx_characteristics, raise<unsupported_error>},
    {er_truncated_wrong_value_for_field, raise<conversion_error>},
    {er_truncated_wrong_value, raise<conversion_error>},
    {er_warn_data_out_of_range, raise<conversion_error>},
    {er_data_too_long, raise<conversion_error>},
    {er_data_out_of_range, raise<conversion_error>},
    {warn_data_truncated, raise<conversion_error>},
    {er_division_by_zero, raise<conversion_error>},
};

struct state_rule {
    std::string_view state;  ///< five characters, or the two of a class
    thrower raise;
};
constexpr state_rule by_state[] = {
    {"23", raise<constraint_error>},        {"40", raise<transient_error>},
    {"22", raise<conversion_error>},        {"25006", raise<permission_error>},
    {"28", raise<permission_error>},        {"42S02", raise<missing_table_error>},
    {"42S22", raise<missing_column_error>}, {"0A", raise<unsupported_error>},
    {"21", raise<statement_error>},         {"25", raise<statement_error>},
    {"3D", raise<statement_error>},         {"42", raise<statement_error>},
};

constexpr unsigned link_losses[] = {
    cr_connection_error,     cr_conn_host_error,    cr_server_gone_error,     cr_server_lost,
    cr_server_lost_extended, er_server_shutdown,    er_net_packet_too_large,  er_net_read_error,
    er_net_read_interrupted, er_net_error_on_write, er_net_write_interrupted, er_connection_killed,
    er_normal_shutdown,      cr_malformed_packet,
};

bool is_one_of(unsigned number, auto const& list) {
    return std::find(std::begin(list), std::end(list), number) != std::end(list);
}

// "Duplicate entry 'ann@example.org' for key 'email'": the value may hold quotes itself, so it goes
// from the first quote to the last one before what follows it.
void hide_value(std::string& message, std::string_view begin, std::string_view end) {
    auto const found = message.find(begin);
    if (found == std::string::npos)
        return;
    auto const from = found + begin.size() - 1;  // the quote
    auto const to = end.empty() ? std::string::npos : message.rfind(end);
    bool const closed = to != std::string::npos && to > from;
    message.replace(from, closed ? to + 1 - from : std::string::npos, "(not shown)");
}

}  // namespace

failure failure_from(unsigned number, std::string_view state, std::string_view text) {
    failure what;
    what.number = number;
    what.sqlstate = state;
    what.message = text.empty() ? "the server gave no message" : text;
    if (number == er_dup_entry || number == er_dup_entry_with_key_name) {
        hide_value(what.message, " '", "' for key ");
    } else if (what.sqlstate.starts_with("22") || number == er_truncated_wrong_value_for_field) {
        // "Incorrect integer value: 'x' for column `d`.`t`.`c` at row 1"
        hide_value(what.message, " value: '", "' for ");
        // "BIGINT value is out of range in '(`d`.`t`.`c` - 4711)'"
        hide_value(what.message, " in '", {});
    }
    what.link_lost = is_one_of(number, link_losses);
    // Galera says 1213 at COMMIT; the next COMMIT would be answered with OK though nothing is left.
    what.undid_transaction = number == er_lock_deadlock || number == er_checkread;
    return what;
}

bool is_stale_statement(unsigned number) noexcept {
    return number == er_unknown_stmt_handler || number == cr_new_stmt_metadata ||
           number == er_need_reprepare;
}

void throw_failure(failure const& what, error_details details) {
    details.native_code = static_cast<int>(what.number);
    details.sqlstate = what.sqlstate;
    if (what.link_lost) {
        details.connection_usable = false;
        details.transaction_usable = false;
        throw connection_lost_error("the connection to the server is lost: " + what.message,
                                    std::move(details));
    }
    if (what.undid_transaction)
        details.transaction_usable = false;
    for (auto const& rule : by_number) {
        if (rule.number == what.number)
            rule.raise(what.message, std::move(details));
    }
    for (auto const& rule : by_state) {
        if (what.sqlstate.starts_with(rule.state))
            rule.raise(what.message, std::move(details));
    }
    throw error(what.message, std::move(details));
}

}  // namespace roam::mysql
