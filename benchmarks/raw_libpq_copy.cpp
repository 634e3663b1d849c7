// SPDX-License-Identifier: MIT
//
// COPY as text: a line per row, tabs between its values.
#include "raw_libpq_copy.hpp"
#include "raw_libpq_text.hpp"

namespace {

using namespace bench;

void append(std::string& to, std::string const& text) {
    for (char const c : text) {
        switch (c) {
            case '\\':
                to += "\\\\";
                break;
            case '\n':
                to += "\\n";
                break;
            case '\r':
                to += "\\r";
                break;
            case '\t':
                to += "\\t";
                break;
            default:
                to += c;
        }
    }
}

template <class Number>
void append_number(std::string& to, Number number) {
    char digits[32];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void insert(PGconn* on, std::span<bench_row> rows) {
    copy out{on, "copy bench_row (name, email, score, level, active, created_at, note) from stdin"};
    for (auto const& row : rows) {
        auto& to = out.buffer();
        append(to, row.name);
        to += '\t';
        append(to, row.email);
        to += '\t';
        append_number(to, row.score);
        to += '\t';
        append_number(to, row.level);
        to += row.active ? "\tt\t" : "\tf\t";
        append(to, row.created_at);
        to += '\t';
        if (row.note)
            append(to, *row.note);
        else
            to += "\\N";
        to += '\n';
        out.flush_if_full();
    }
    out.finish();
}

}  // namespace

bench::subject bench::make_subject() {
    return copy_subject<text_codec>("raw_libpq_copy", "COPY as text", insert);
}
