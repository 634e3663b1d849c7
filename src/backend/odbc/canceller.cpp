// SPDX-License-Identifier: MIT
#include "backend/odbc/canceller.hpp"

#include <utility>

namespace roam::odbc {
namespace {

constexpr std::chrono::seconds time_to_connect{2};

}  // namespace

void canceller::forget() {
    sql_.clear();
    by_driver_ = false;
}

void canceller::use_server(std::string sql) { sql_ = std::move(sql); }

bool canceller::ask() noexcept try {
    if (by_driver_)
        return SQL_SUCCEEDED(SQLCancel(statement_));
    if (sql_.empty())
        return false;
    auto beside = open_(time_to_connect);
    bool const told = run_on(*beside, sql_);
    close_session(std::move(beside));
    return told;
} catch (...) {
    return false;
}

}  // namespace roam::odbc
