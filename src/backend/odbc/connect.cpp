// SPDX-License-Identifier: MIT
#include "backend/odbc/connect.hpp"
#include <roam/error.hpp>

#include <charconv>

namespace roam::odbc {
namespace {

// Twenty days, which as milliseconds is still an int; a longer limit is a mistake in the unit.
constexpr int most_seconds = 20 * 24 * 3600;

// What must hold for a value to be read as it was written, whatever the data source says.
constexpr std::pair<std::string_view, std::string_view> needed[] = {
    // psqlODBC: a failed statement fails its transaction, as the server does it, instead of a
    // savepoint around each; line ends stay; booleans and bytes are told from text.
    {"Protocol", "7.4-0"},
    {"LFConversion", "0"},
    {"BoolsAsChar", "0"},
    {"ByteaAsLongVarBinary", "1"},
    {"TextAsLongVarchar", "1"},
    // libsqliteodbc: a step at a time would allow one open statement per connection; text is UTF-8.
    {"StepAPI", "0"},
    {"NoWCHAR", "1"},
    {"BigInt", "1"},
    // MariaDB's
    {"charset", "utf8mb4"},
};

constexpr std::pair<std::string_view, std::string_view> usual[] = {
    // libsqliteodbc: as Roam's own SQLite backend; its own default is 100 s.
    {"Timeout", "5000"},
    {"JournalMode", "WAL"},
};

// MariaDB's and MySQL's flags: UPDATE counts the rows that it matched (D11), and a script may hold
// several statements.
constexpr unsigned long found_rows = 2;
constexpr unsigned long multi_statements = 67108864;

}  // namespace

options options_of(backend::url where) {
    options how;
    how.connection_string = where.path;
    if (auto const limit = where.take_number("connect_timeout", 0, most_seconds))
        how.connect_timeout = std::chrono::seconds{*limit};
    if (auto const limit = where.take_number("statement_timeout", 0, most_seconds * 1000))
        how.statement_timeout = std::chrono::milliseconds{*limit};
    where.reject_unknown("connect_timeout, statement_timeout");
    return how;
}

attribute_list attributes_of(options const& how) {
    if (how.statement_timeout.count() < 0)
        throw usage_error("statement_timeout is negative");
    if (how.connection_string.find('\0') != std::string::npos)
        throw usage_error("the ODBC connection string has a NUL byte");
    auto list = attribute_list::parse(how.connection_string);
    if (list.find("Driver") == nullptr && list.find("DSN") == nullptr &&
        list.find("FileDSN") == nullptr)
        throw usage_error("the ODBC connection string names neither a Driver nor a DSN");
    for (auto const& [keyword, value] : needed)
        list.set(keyword, std::string{value});
    for (auto const& [keyword, value] : usual)
        list.set_default(keyword, value);
    unsigned long flags = 0;
    if (auto const* const given = list.find("Option")) {
        auto const* const end_of_text = given->data() + given->size();
        auto const [end, problem] = std::from_chars(given->data(), end_of_text, flags);
        if (problem != std::errc{} || end != end_of_text)
            throw usage_error("Option in the ODBC connection string must be a number");
    }
    list.set("Option", std::to_string(flags | found_rows | multi_statements));
    return list;
}

}  // namespace roam::odbc
