// SPDX-License-Identifier: MIT
#include "backend/sql_text.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace roam::backend {
namespace {

using sql::dialect_family;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 128;
}

// `word` in lower case.
bool equals_word(std::string_view text, std::string_view word) {
    return std::equal(word.begin(), word.end(), text.begin(), text.end(),
                      [](char a, char b) { return a == (b | 0x20); });
}

bool has_word_at(std::string_view sql, std::size_t at, std::string_view word) {
    auto const end = at + word.size();
    if (end > sql.size() || (end < sql.size() && is_word(sql[end])))
        return false;
    return equals_word(sql.substr(at, word.size()), word);
}

std::size_t behind(std::string_view sql, std::string_view end, std::size_t from) {
    auto const found = sql.find(end, from);
    return found == std::string_view::npos ? sql.size() : found + end.size();
}

std::size_t after_quoted(std::string_view sql, std::size_t at, bool escapes) {
    for (auto i = at + 1; i < sql.size(); ++i) {
        if (sql[i] == '\\' && escapes)
            ++i;
        else if (sql[i] == sql[at])
            return i + 1;
    }
    return sql.size();
}

std::size_t after_dollar_quoted(std::string_view sql, std::size_t at) {
    auto tag = at + 1;
    while (tag < sql.size() && is_word(sql[tag]))
        ++tag;
    bool const is_parameter = at + 1 < sql.size() && sql[at + 1] >= '0' && sql[at + 1] <= '9';
    if (is_parameter || tag >= sql.size() || sql[tag] != '$' || (at > 0 && is_word(sql[at - 1])))
        return at;
    return behind(sql, sql.substr(at, tag + 1 - at), tag + 1);
}

// PostgreSQL's E'...' takes a backslash as an escape, its plain '...' does not.
bool is_escape_string(std::string_view sql, std::size_t at) {
    return at > 0 && (sql[at - 1] | 0x20) == 'e' && (at == 1 || !is_word(sql[at - 2]));
}

std::size_t after_comment(std::string_view sql, std::size_t at, bool nests) {
    int depth = 0;
    for (auto i = at; i + 1 < sql.size(); ++i) {
        if (sql[i] == '/' && sql[i + 1] == '*' && (nests || depth == 0)) {
            ++depth;
            ++i;
        } else if (sql[i] == '*' && sql[i + 1] == '/') {
            ++i;
            if (--depth == 0)
                return i + 1;
        }
    }
    return sql.size();
}

/// Behind the quoted text or comment that begins at `at`, or `at` itself.
std::size_t after_opaque(std::string_view sql, std::size_t at, dialect_family family) {
    bool const on_mysql = is_mysql(family);
    bool const on_postgresql = family == dialect_family::postgresql;
    switch (sql[at]) {
        case '\'':
            return after_quoted(sql, at, on_mysql || (on_postgresql && is_escape_string(sql, at)));
        case '"':
            return after_quoted(sql, at, on_mysql);
        case '`':
            return on_postgresql ? at : after_quoted(sql, at, false);
        case '[':
            return family == dialect_family::sqlite ? behind(sql, "]", at) : at;
        case '$':
            return on_postgresql ? after_dollar_quoted(sql, at) : at;
        case '#':
            return on_mysql ? behind(sql, "\n", at) : at;
        case '-':
            return sql.substr(at, on_mysql ? 3 : 2) == (on_mysql ? "-- " : "--")
                       ? behind(sql, "\n", at)
                       : at;
        case '/':
            return sql.substr(at, 2) == "/*" ? after_comment(sql, at, on_postgresql) : at;
        default:
            return at;
    }
}

bool is_quoted(char c) { return c == '\'' || c == '"' || c == '`' || c == '[' || c == '$'; }

std::string_view take_word(std::string_view& sql, dialect_family family) {
    while (!sql.empty()) {
        auto const next = is_quoted(sql.front()) ? 0 : after_opaque(sql, 0, family);
        if (next == 0 && !is_blank(sql.front()) && sql.front() != ';')
            break;
        sql.remove_prefix(std::max<std::size_t>(next, 1));
    }
    std::size_t size = 0;
    while (size < sql.size() && is_word(sql[size]))
        ++size;
    auto const word = sql.substr(0, size);
    sql.remove_prefix(size);
    return word;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::any_of(list.begin(), list.end(),
                       [&](auto each) { return equals_word(word, each); });
}

// SQLite's alone holds statements of its own.
bool creates_trigger(std::string_view sql, dialect_family family) {
    if (family != dialect_family::sqlite || !equals_word(take_word(sql, family), "create"))
        return false;
    auto word = take_word(sql, family);
    if (is_one_of(word, {"temp", "temporary"}))
        word = take_word(sql, family);
    return equals_word(word, "trigger");
}

bool ends_with_word_end(std::string_view sql) {
    while (!sql.empty() && is_blank(sql.back()))
        sql.remove_suffix(1);
    return sql.size() > 3 && has_word_at(sql, sql.size() - 3, "end") &&
           !is_word(sql[sql.size() - 4]);
}

// Firebird's procedures, triggers and blocks hold statements and declarations of their own.
bool has_body(std::string_view sql, dialect_family family) {
    if (family != dialect_family::firebird)
        return false;
    auto const first = take_word(sql, family);
    auto second = take_word(sql, family);
    if (equals_word(first, "execute"))
        return equals_word(second, "block");
    if (!is_one_of(first, {"create", "alter", "recreate"}))
        return false;
    if (equals_word(second, "or")) {
        take_word(sql, family);  // ALTER
        second = take_word(sql, family);
    }
    return is_one_of(second, {"trigger", "procedure", "function", "package"});
}

std::size_t end_of_body(std::string_view sql, dialect_family family) {
    int depth = 0;
    bool begun = false;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at, family); next != at) {
            at = next;
            continue;
        }
        if (sql[at] == ';' && begun && depth == 0)
            return at;
        auto size = std::size_t{0};
        while (at + size < sql.size() && is_word(sql[at + size]))
            ++size;
        auto const word = sql.substr(at, size);
        if (is_one_of(word, {"begin", "case"})) {
            ++depth;
            begun = true;
        } else if (equals_word(word, "end")) {
            --depth;
        }
        at += std::max<std::size_t>(size, 1);
    }
    return sql.size();
}

std::size_t end_of_statement(std::string_view sql, dialect_family family) {
    if (has_body(sql, family))
        return end_of_body(sql, family);
    bool const is_trigger = creates_trigger(sql, family);
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at, family); next != at) {
            at = next;
            continue;
        }
        if (sql[at] == ';' && (!is_trigger || ends_with_word_end(sql.substr(0, at))))
            return at;
        ++at;
    }
    return sql.size();
}

bool is_empty(std::string_view sql, dialect_family family) {
    for (std::size_t at = 0; at < sql.size();) {
        auto const next = after_opaque(sql, at, family);
        if (next == at ? !is_blank(sql[at]) : is_quoted(sql[at]))
            return false;
        at = std::max(next, at + 1);
    }
    return true;
}

}  // namespace

transaction_effect effect_of(std::string_view sql, dialect_family family) noexcept {
    auto const first = take_word(sql, family);
    auto second = take_word(sql, family);
    if (equals_word(first, "begin") ||
        (equals_word(first, "start") && equals_word(second, "transaction")))
        return transaction_effect::begins;
    if (is_one_of(first, {"commit", "end"}) ||
        (equals_word(first, "prepare") && equals_word(second, "transaction")))
        return transaction_effect::commits;
    if (is_one_of(first, {"rollback", "abort"})) {
        if (is_one_of(second, {"work", "transaction"}))
            second = take_word(sql, family);
        return equals_word(second, "to") ? transaction_effect::rolls_back_to
                                         : transaction_effect::rolls_back;
    }
    bool const is_definition = is_one_of(
        first, {"create", "alter", "drop", "truncate", "rename", "grant", "revoke", "lock"});
    if (is_mysql(family) && is_definition && !equals_word(second, "temporary"))
        return transaction_effect::commits;
    return transaction_effect::none;
}

std::vector<std::string_view> statements_of(std::string_view script, dialect_family family) {
    std::vector<std::string_view> all;
    while (!script.empty()) {
        auto const end = end_of_statement(script, family);
        if (auto const one = script.substr(0, end); !is_empty(one, family))
            all.push_back(one);
        script.remove_prefix(std::min(end + 1, script.size()));
    }
    return all;
}

bool has_several_statements(std::string_view sql, dialect_family family) {
    return statements_of(sql, family).size() > 1;
}

std::vector<std::string> words_of(std::string_view sql, dialect_family family) {
    std::vector<std::string> words;
    bool goes_on = false;
    for (std::size_t at = 0; at < sql.size();) {
        auto const next = after_opaque(sql, at, family);
        bool const in_word = next == at && is_word(sql[at]);
        if (in_word && !goes_on)
            words.emplace_back();
        if (in_word) {
            char const c = sql[at];
            words.back().push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
        }
        goes_on = in_word;
        at = std::max(next, at + 1);
    }
    return words;
}

bool names_time_zone(std::string_view sql) {
    for (std::string_view const words : {"timezone", "time zone"}) {
        auto const found = std::search(sql.begin(), sql.end(), words.begin(), words.end(),
                                       [](char a, char b) { return (a | 0x20) == b; });
        if (found != sql.end())
            return true;
    }
    return false;
}

bool writes_rows(std::string_view sql) noexcept {
    auto const begin = sql.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return false;
    sql.remove_prefix(begin);
    return is_one_of(take_word(sql, dialect_family::generic),
                     {"insert", "update", "delete", "replace", "merge"});
}

std::size_t returned_columns(std::string_view sql, dialect_family family) noexcept {
    std::size_t columns = 0;
    int depth = 0;
    bool in_word = false;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at, family); next != at) {
            at = next;
            in_word = false;
            continue;
        }
        char const c = sql[at];
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && columns != 0 && c == ',')
            ++columns;
        if (depth == 0 && columns == 0 && !in_word && has_word_at(sql, at, "returning"))
            columns = 1;
        in_word = is_word(c);
        ++at;
    }
    return columns;
}

plain_text with_plain_placeholders(std::string_view sql, dialect_family family) {
    char const mark = family == dialect_family::postgresql ? '$' : '?';
    plain_text plain;
    bool is_numbered = false;
    std::size_t largest = 0;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at, family); next != at) {
            auto const begin = plain.sql.size();
            plain.sql.append(sql.substr(at, next - at));
            // SQLite's driver counts the marks in a comment.
            if (!is_quoted(sql[at]))
                std::replace(plain.sql.begin() + static_cast<std::ptrdiff_t>(begin),
                             plain.sql.end(), '?', '.');
            at = next;
            continue;
        }
        char const c = sql[at++];
        if (c == '?' && mark == '$') {
            throw usage_error(
                "the text has a '?', which PostgreSQL's ODBC driver reads as a parameter; write "
                "the operator's function, such as jsonb_exists()");
        }
        std::size_t number = 0;
        auto const* const from = sql.data() + at;
        auto const* const end =
            c == mark ? std::from_chars(from, sql.data() + sql.size(), number).ptr : from;
        bool const is_placeholder = c == mark && (mark == '?' || end != from);
        if (!is_placeholder) {
            plain.sql.push_back(c);
            continue;
        }
        at += static_cast<std::size_t>(end - from);
        // PostgreSQL must see that it is the same one; its driver passes what is no '?' on, and
        // numbers the '?' as they come.
        auto const known = std::find(plain.order.begin(), plain.order.end(), number - 1);
        if (mark == '$' && known != plain.order.end()) {
            plain.sql.append("$").append(std::to_string(known - plain.order.begin() + 1));
            plain.repeats = true;
            continue;
        }
        plain.sql.push_back('?');
        ++plain.placeholders;
        is_numbered = is_numbered || end != from;
        if (end == from)
            number = largest + 1;
        largest = std::max(largest, number);
        plain.order.push_back(number - 1);
    }
    if (!is_numbered)
        plain.order.clear();
    return plain;
}

}  // namespace roam::backend
