// SPDX-License-Identifier: MIT
#include "backend/mysql_settings.hpp"

#include <string_view>

namespace roam::mysql {
namespace {

// A text in a comparison is compared byte by byte, spaces at its end too, as the columns that
// create_tables() makes; instants travel in UTC; a value that does not fit is refused, not cut; a
// key of zero that a record keeps is stored; || concatenates and
// double quotes hold a name, as in SQL elsewhere; and a quotient
// or an average of integers has the digits of a double.
// NAMES is not the first, because MariaDB's ODBC driver refuses a text that begins so.
constexpr char settings[] =
    "SET time_zone = '+00:00', NAMES utf8mb4 COLLATE %s, sql_mode = "
    "'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO,PIPES_AS_CONCAT,ANSI_QUOTES', "
    "div_precision_increment = 16";

std::string_view collation_of(sql::dialect_family family) {
    return family == sql::dialect_family::mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
}

}  // namespace

std::string session_settings(sql::dialect_family family) {
    std::string script = settings;
    script.replace(script.find("%s"), 2, collation_of(family));
    return script;
}

std::string begin_text(transaction_options options) {
    std::string sql;
    switch (options.isolation) {
        case isolation_level::by_default:
            break;
        case isolation_level::read_uncommitted:
            sql = "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; ";
            break;
        case isolation_level::read_committed:
            sql = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ";
            break;
        case isolation_level::repeatable_read:
            sql = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; ";
            break;
        case isolation_level::serializable:
            sql = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; ";
            break;
    }
    return sql + (options.read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
}

std::string_view without_zeros(std::string_view digits) noexcept {
    if (digits.find('.') == std::string_view::npos)
        return digits;
    auto const last = digits.find_last_not_of('0');
    return digits.substr(0, digits[last] == '.' ? last : last + 1);
}

}  // namespace roam::mysql
