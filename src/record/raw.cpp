// SPDX-License-Identifier: MIT
#include "sql/raw_fragment.hpp"
#include <roam/error.hpp>
#include <roam/record/raw.hpp>
#include <roam/sql/statement.hpp>

namespace roam::record_detail {

std::string raw_text(std::string const& sql, std::size_t parameters, sql::dialect const& d) {
    std::string text;
    std::size_t number = 0;
    sql::detail::append_fragment(text, sql, d, [&] { sql::append_placeholder(text, ++number, d); });
    // None at all: the text may use the server's own placeholders, whose count it checks itself.
    if (number != 0 && number != parameters) {
        throw usage_error("raw SQL has " + std::to_string(number) + " placeholders and was given " +
                          std::to_string(parameters) + " values");
    }
    return text;
}

std::vector<std::size_t> match_columns(mapping::table const& t, detail::execution const& run) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < run.column_count(); ++i)
        found.push_back(run.column_name(i));
    std::vector<std::size_t> from;
    for (auto const& c : t.columns) {
        std::size_t at = found.size();
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (found[i] != c.name)
                continue;
            if (at != found.size()) {
                throw mapping_error("the result has two columns named " + found[i] + ", which " +
                                    std::string{t.type} + " has one of");
            }
            at = i;
        }
        if (at == found.size()) {
            throw mapping_error("the result has no column " + std::string{c.name} + " for " +
                                std::string{t.type} + "::" + std::string{c.member});
        }
        from.push_back(at);
    }
    return from;
}

void throw_width(std::size_t expected, std::size_t found) {
    throw mapping_error("the result has " + std::to_string(found) + " columns where " +
                        std::to_string(expected) + " were asked for");
}

void throw_no_row() { throw not_found_error("no row came back where one() was asked for"); }

}  // namespace roam::record_detail
