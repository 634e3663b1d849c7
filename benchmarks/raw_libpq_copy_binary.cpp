// SPDX-License-Identifier: MIT
//
// COPY in the server's binary format.
#include "raw_libpq_binary.hpp"
#include "raw_libpq_copy.hpp"

namespace {

using namespace bench;

void insert(PGconn* on, std::span<bench_row> rows) {
    copy out{on,
             "copy bench_row (name, email, score, level, active, created_at, note) "
             "from stdin (format binary)"};
    // The signature, then no flags and no extension.
    out.buffer().append("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (auto const& row : rows) {
        auto& to = out.buffer();
        to.append("\0\7", 2);  // values of the row
        append_value(to, row.name);
        append_value(to, row.email);
        append_value(to, row.score);
        append_value(to, row.level);
        append_value(to, row.active);
        append_value(to, row.created_at);
        append_value(to, row.note);
        out.flush_if_full();
    }
    out.buffer().append("\377\377", 2);  // in the place of a row: the end
    out.finish();
}

}  // namespace

bench::subject bench::make_subject() {
    return copy_subject<binary_codec>("raw_libpq_copy_binary", "COPY in binary", insert);
}
