// SPDX-License-Identifier: MIT
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <string>

namespace roam::odbc {

/// The first record that a handle has of its last call.
struct diagnosis {
    std::string sqlstate;
    int native = 0;
    std::string message;  ///< as the driver wrote it, values included
};

diagnosis diagnose(SQLSMALLINT kind, SQLHANDLE handle);

/// What SQLGetInfo answers to a question for text; empty when the driver does not know.
std::string text_info(SQLHDBC link, SQLUSMALLINT question);

}  // namespace roam::odbc
