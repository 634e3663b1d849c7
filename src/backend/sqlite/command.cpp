// SPDX-License-Identifier: MIT
#include "backend/sqlite/command.hpp"

#include <cstddef>

namespace roam::sqlite::detail {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::string_view take_word(std::string_view& sql) {
    sql = skip_blank(sql);
    std::size_t size = 0;
    while (size < sql.size() && is_word(sql[size]))
        ++size;
    auto const word = sql.substr(0, size);
    sql.remove_prefix(size);
    return word;
}

// `keyword` is in capitals.
bool is(std::string_view word, std::string_view keyword) {
    if (word.size() != keyword.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        char const c =
            word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
        if (c != keyword[i])
            return false;
    }
    return true;
}

// ROLLBACK [TRANSACTION [name]] [TO [SAVEPOINT] name]
command rollback_kind(std::string_view rest) {
    auto word = take_word(rest);
    if (is(word, "TRANSACTION")) {
        word = take_word(rest);
        if (!is(word, "TO") && !word.empty())
            word = take_word(rest);
    }
    return is(word, "TO") ? command::rollback_to : command::rollback;
}

}  // namespace

std::string_view skip_blank(std::string_view sql) {
    while (!sql.empty()) {
        char const c = sql.front();
        if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ';') {
            sql.remove_prefix(1);
        } else if (sql.starts_with("--")) {
            auto const end = sql.find('\n');
            sql.remove_prefix(end == sql.npos ? sql.size() : end + 1);
        } else if (sql.starts_with("/*")) {
            auto const end = sql.find("*/", 2);
            sql.remove_prefix(end == sql.npos ? sql.size() : end + 2);
        } else {
            break;
        }
    }
    return sql;
}

command command_of(std::string_view sql) {
    if (sql == begin_read_only_sql)
        return command::begin_read_only;
    auto const word = take_word(sql);
    if (is(word, "INSERT") || is(word, "REPLACE") || is(word, "UPDATE") || is(word, "DELETE") ||
        is(word, "WITH")) {
        return command::change;
    }
    if (is(word, "BEGIN"))
        return command::begin;
    if (is(word, "COMMIT") || is(word, "END"))
        return command::commit;
    if (is(word, "ROLLBACK"))
        return rollback_kind(sql);
    if (is(word, "SAVEPOINT"))
        return command::savepoint;
    if (is(word, "RELEASE"))
        return command::release;
    return command::other;
}

}  // namespace roam::sqlite::detail
