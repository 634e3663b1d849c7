// SPDX-License-Identifier: MIT
#include "backend/postgresql/statement.hpp"

#include <utility>

// row_mode::interleaved: a cursor of the server's, read in portions, so that other statements may
// run between two rows. The prepared statement itself only tells the types: DECLARE takes a text.

namespace roam::postgresql {
namespace {

// Rows of a portion: a round trip of 20 us among so many, and at most so many in memory.
constexpr std::string_view fetch_portion = "FETCH FORWARD 256 FROM ";
constexpr int portion = 256;

}  // namespace

result_ptr pg_statement::run_for_cursor(std::string const& sql, bool with_parameters) {
    auto* const link = owner_.checked_link();
    owner_.begin_command();
    int const count = with_parameters ? parameters_.count() : 0;
    if (PQsendQueryParams(link, sql.c_str(), count, parameters_.oids(), parameters_.values(),
                          parameters_.lengths(), parameters_.formats(), columns_.format()) == 0) {
        return nullptr;
    }
    return owner_.collect();
}

void pg_statement::open_cursor() {
    if (owner_.transaction() == backend::transaction_state::none) {
        error_details details;
        details.statement = sql_;
        throw usage_error("rows can be interleaved with other statements in a transaction only",
                          std::move(details));
    }
    std::string name = next_name();
    auto const declared = run_for_cursor("DECLARE " + name + " NO SCROLL CURSOR FOR " + sql_, true);
    if (PQresultStatus(declared.get()) != PGRES_COMMAND_OK) {
        note_other_types(declared.get());
        fail(declared.get());
    }
    cursor_ = std::move(name);
    fetch_from_cursor();
}

void pg_statement::fetch_from_cursor() {
    auto rows = run_for_cursor(std::string{fetch_portion} + cursor_, false);
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) {
        cursor_.clear();  // it ended with the transaction, or this failure has ended both
        fail(rows.get());
    }
    check_columns(rows.get());  // the text was read anew by DECLARE
    accept(std::move(rows));
    if (rows_ < portion)
        run_for_cursor("CLOSE " + std::exchange(cursor_, {}), false);
}

// By whoever has had enough. The program may have ended the transaction by SQL of its own, and the
// cursor with it: to close one that is not there would fail the transaction that is open now.
void pg_statement::close_cursor() noexcept try {
    std::string const name = std::exchange(cursor_, {});
    if (!owner_.usable() || !owner_.in_transaction())
        return;
    auto const found =
        run_for_cursor("SELECT 1 FROM pg_catalog.pg_cursors WHERE name = '" + name + "'", false);
    if (PQntuples(found.get()) == 1)
        run_for_cursor("CLOSE " + name, false);
} catch (...) {  // the transaction's end closes it
}

}  // namespace roam::postgresql
