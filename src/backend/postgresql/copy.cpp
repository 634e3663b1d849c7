// SPDX-License-Identifier: MIT
#include "backend/postgresql/copy.hpp"
#include "backend/postgresql/statement.hpp"
#include <roam/error.hpp>

#include <climits>
#include <utility>

namespace roam::postgresql {

using mapping::cell;

namespace {

// PostgreSQL 15, 55.2.4 "Binary Format" of COPY: a signature, no flags, no extension; the rows,
// each behind its number of columns; -1 at the end.
constexpr std::string_view header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr auto trailer = static_cast<std::uint16_t>(-1);

// "COPY t (a, b) FROM ..." into "INSERT INTO t (a, b) VALUES ($1, $2)", whose parameters have the
// types of the columns.
std::string insert_like(std::string_view copy, std::size_t columns) {
    constexpr std::string_view begin = "COPY ";
    constexpr std::string_view end = " FROM STDIN";
    auto const length = copy.rfind(end) - begin.size();
    std::string sql = "INSERT INTO " + std::string{copy.substr(begin.size(), length)} + " VALUES (";
    for (std::size_t i = 1; i <= columns; ++i)
        sql.append(i == 1 ? "$" : ", $").append(std::to_string(i));
    return sql + ")";
}

}  // namespace

void pg_copy::start(std::span<cell const> columns) {
    owner_.checked_link();
    if (!owner_.in_transaction())
        throw usage_error("COPY needs a transaction");
    owner_.refuse_if_stopped(sql_);
    ask_types(columns.size());
    encode(columns);
    send();
}

void pg_copy::ask_types(std::size_t columns) {
    auto const asked = describe(owner_, "", insert_like(sql_, columns));
    columns_.resize(columns);
    for (std::size_t i = 0; i < columns; ++i) {
        auto const oid = PQparamtype(asked.get(), static_cast<int>(i));
        columns_[i].describe_element(oid, parameter_type_of(oid), i + 1, sql_);
    }
}

void pg_copy::encode(std::span<cell const> columns) {
    auto const rows = columns.empty() ? 0 : columns.front().as_rows().size();
    rows_as_sent_ = header;
    for (std::size_t row = 0; row < rows; ++row) {
        append_network(rows_as_sent_, static_cast<std::uint16_t>(columns.size()));
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns_[i].begin_row(row + 1);
            if (!columns_[i].append_binary(columns[i].as_rows()[row], rows_as_sent_))
                refuse("a column has a type whose binary form Roam does not write");
        }
    }
    append_network(rows_as_sent_, trailer);
    if (rows_as_sent_.size() > INT_MAX)
        refuse("the rows have more than 2 GiB together");
}

void pg_copy::send() {
    auto* const link = owner_.link();
    owner_.begin_command();
    if (PQsendQuery(link, sql_.c_str()) != 1)
        owner_.fail(nullptr, sql_);
    auto const begun = owner_.collect();
    if (PQresultStatus(begun.get()) != PGRES_COPY_IN)
        owner_.fail(begun.get(), sql_);
    bool const sent =
        PQputCopyData(link, rows_as_sent_.data(), static_cast<int>(rows_as_sent_.size())) == 1 &&
        PQputCopyEnd(link, nullptr) == 1;
    auto const done = sent ? owner_.collect() : nullptr;
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK)
        owner_.fail(done.get(), sql_);
    rows_ = std::stoll(PQcmdTuples(done.get()));
}

void pg_copy::refuse(std::string_view why) const {
    error_details details;
    details.sqlstate = "0A000";
    details.statement = sql_;
    throw statement_error("COPY is not possible: " + std::string{why}, std::move(details));
}

}  // namespace roam::postgresql
