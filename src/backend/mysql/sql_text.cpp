// SPDX-License-Identifier: MIT
#include "backend/mysql/sql_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace roam::mysql {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 128;
}

// `word` in lower case.
bool has_word_at(std::string_view sql, std::size_t at, std::string_view word) {
    auto const end = at + word.size();
    if (end > sql.size() || (end < sql.size() && is_word(sql[end])))
        return false;
    return std::equal(word.begin(), word.end(), sql.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, char b) { return a == (b | 0x20); });
}

/// Behind the quoted text or comment that begins at `at`, or `at` itself.
std::size_t after_opaque(std::string_view sql, std::size_t at) {
    auto const behind = [&](std::string_view end, std::size_t from) {
        auto const found = sql.find(end, from);
        return found == std::string_view::npos ? sql.size() : found + end.size();
    };
    char const c = sql[at];
    if (c == '\'' || c == '"' || c == '`') {
        for (auto i = at + 1; i < sql.size(); ++i) {
            if (sql[i] == '\\' && c != '`')
                ++i;
            else if (sql[i] == c)
                return i + 1;
        }
        return sql.size();
    }
    if (c == '#' || sql.substr(at, 3) == "-- ")
        return behind("\n", at);
    return sql.substr(at, 2) == "/*" ? behind("*/", at + 2) : at;
}

}  // namespace

bool has_several_statements(std::string_view sql) noexcept {
    bool ended = false;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at); next != at) {
            bool const is_quoted = sql[at] == '\'' || sql[at] == '"' || sql[at] == '`';
            if (ended && is_quoted)
                return true;
            at = next;
            continue;
        }
        if (ended && !is_blank(sql[at]) && sql[at] != ';')
            return true;
        ended = ended || sql[at] == ';';
        ++at;
    }
    return false;
}

bool writes_rows(std::string_view sql) noexcept {
    constexpr std::array<std::string_view, 4> words{"insert", "update", "delete", "replace"};
    auto const begin = sql.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos &&
           std::any_of(words.begin(), words.end(),
                       [&](auto word) { return has_word_at(sql, begin, word); });
}

std::size_t returned_columns(std::string_view sql) noexcept {
    std::size_t columns = 0;
    int depth = 0;
    bool in_word = false;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at); next != at) {
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

plain_text with_plain_placeholders(std::string_view sql) {
    plain_text plain;
    for (std::size_t at = 0; at < sql.size();) {
        if (auto const next = after_opaque(sql, at); next != at) {
            plain.sql.append(sql.substr(at, next - at));
            at = next;
            continue;
        }
        plain.sql.push_back(sql[at]);
        if (sql[at++] != '?')
            continue;
        std::size_t number = 0;
        auto const* const from = sql.data() + at;
        auto const end = std::from_chars(from, sql.data() + sql.size(), number).ptr;
        if (end != from)
            plain.order.push_back(number - 1);
        at += static_cast<std::size_t>(end - from);
    }
    return plain;
}

}  // namespace roam::mysql
