// SPDX-License-Identifier: MIT
#include "backend/odbc/diagnosis.hpp"

#include <vector>

namespace roam::odbc {

diagnosis diagnose(SQLSMALLINT kind, SQLHANDLE handle) {
    diagnosis found;
    SQLCHAR state[6] = "";
    SQLINTEGER native = 0;
    SQLSMALLINT size = 0;
    std::vector<SQLCHAR> text(1024);
    auto const ask = [&] {
        return SQLGetDiagRec(kind, handle, 1, state, &native, text.data(),
                             static_cast<SQLSMALLINT>(text.size()), &size);
    };
    auto result = ask();
    if (result == SQL_SUCCESS_WITH_INFO && static_cast<std::size_t>(size) >= text.size()) {
        text.resize(static_cast<std::size_t>(size) + 1);
        result = ask();
    }
    if (!SQL_SUCCEEDED(result)) {
        found.message = "the driver gave no message";
        return found;
    }
    found.sqlstate = reinterpret_cast<char const*>(state);
    found.native = static_cast<int>(native);
    found.message = reinterpret_cast<char const*>(text.data());
    return found;
}

std::string text_info(SQLHDBC link, SQLUSMALLINT question) {
    SQLCHAR text[256] = "";
    SQLSMALLINT size = 0;
    if (!SQL_SUCCEEDED(SQLGetInfo(link, question, text, sizeof text, &size)))
        return {};
    return reinterpret_cast<char const*>(text);
}

}  // namespace roam::odbc
