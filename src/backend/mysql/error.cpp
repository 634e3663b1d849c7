// SPDX-License-Identifier: MIT
#include "backend/mysql/error.hpp"

namespace roam::mysql {

failure failure_of(MYSQL* link) {
    return failure_from(mysql_errno(link), mysql_sqlstate(link), mysql_error(link));
}

failure failure_of(MYSQL_STMT* statement) {
    return failure_from(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                        mysql_stmt_error(statement));
}

}  // namespace roam::mysql
