// SPDX-License-Identifier: MIT
#include "backend/postgresql/session_state.hpp"
#include "backend/sql_text.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace roam::postgresql {
namespace {

constexpr auto family = sql::dialect_family::postgresql;

using word_list = std::vector<std::string>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool has(word_list const& words, std::initializer_list<std::string_view> sequence) {
    return std::search(words.begin(), words.end(), sequence.begin(), sequence.end()) != words.end();
}

// CREATE [OR REPLACE] [LOCAL] TEMP ..., SELECT ... INTO [LOCAL] TEMP ...
bool makes_temporary(word_list const& words) {
    if (has(words, {"on", "commit", "drop"}))
        return false;
    if (words[0] == "create" && has(words, {"pg_temp"}))
        return true;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (!is_one_of(words[i], {"temp", "temporary"}))
            continue;
        bool const is_further = i > 1 && is_one_of(words[i - 1], {"local", "global"});
        auto const& before = words[is_further ? i - 2 : i - 1];
        bool const selects = words[0] == "select" && before == "into";
        if (selects || (words[0] == "create" && is_one_of(before, {"create", "replace"})))
            return true;
    }
    return false;
}

bool locks_for_the_session(std::string_view word) {
    return word.find("advisory_") != word.npos && word.starts_with("pg_") &&
           word.find("xact") == word.npos;
}

// set_config(name, value, false), where the last argument is written so.
bool sets_by_function(word_list const& words) {
    auto const call = std::find(words.begin(), words.end(), "set_config");
    auto const how = std::find_if(
        call, words.end(), [](auto const& word) { return is_one_of(word, {"true", "false"}); });
    return how != words.end() && *how == "false";
}

/// What is wrong with the statement, and what to do instead; empty: nothing.
std::string_view objection_to(word_list const& words) {
    std::string_view const first = words.empty() ? std::string_view{} : words[0];
    std::string_view const second = words.size() < 2 ? std::string_view{} : words[1];
    if (first == "set" && !is_one_of(second, {"local", "transaction", "constraints"}))
        return "a setting of the session; use SET LOCAL in a transaction";
    if (sets_by_function(words))
        return "a setting of the session; use set_config(..., true) in a transaction";
    if (is_one_of(first, {"reset", "discard", "load"}))
        return "a change of the session";
    if (is_one_of(first, {"listen", "unlisten"}))
        return "notifications for the session; use a database without a pooler for them";
    if (is_one_of(first, {"execute", "deallocate"}) ||
        (first == "prepare" && second != "transaction"))
        return "a prepared statement of the session; Roam prepares what needs it by itself";
    if (first == "declare" && has(words, {"with", "hold"}))
        return "a cursor that outlives its transaction";
    if (!words.empty() && makes_temporary(words))
        return "a temporary table of the session; use ON COMMIT DROP in a transaction";
    if (std::any_of(words.begin(), words.end(), locks_for_the_session))
        return "an advisory lock of the session; use pg_advisory_xact_lock in a transaction";
    return {};
}

}  // namespace

void refuse_session_state(std::string_view script) {
    for (auto const statement : backend::statements_of(script, family)) {
        auto const objection = objection_to(backend::words_of(statement, family));
        if (objection.empty())
            continue;
        error_details details;
        details.statement = statement;
        throw unsupported_error(
            "with pooler=transaction the server's session is another one after "
            "each transaction, and this is " +
                std::string{objection},
            std::move(details));
    }
}

}  // namespace roam::postgresql
