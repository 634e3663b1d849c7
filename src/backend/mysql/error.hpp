// SPDX-License-Identifier: MIT
#pragma once

#include "backend/mysql_faults.hpp"

#include <mysql.h>

namespace roam::mysql {

failure failure_of(MYSQL* link);
failure failure_of(MYSQL_STMT* statement);

}  // namespace roam::mysql
