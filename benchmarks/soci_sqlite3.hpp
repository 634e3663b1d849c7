// SPDX-License-Identifier: MIT
#pragma once

#include "soci.hpp"

// Brings sqlite3.h along, inside of namespace sqlite_api: never include both here.
#include <soci/sqlite3/soci-sqlite3.h>

namespace bench {

inline soci_kind soci_sqlite3(std::string name, std::string const& way) {
    soci_kind kind;
    kind.name = std::move(name);
    kind.library = std::string{"sqlite "} + sqlite_api::sqlite3_libversion();
    kind.backends = {backend::memory, backend::file};
    kind.open = [way](soci::session& session, target const& where) {
        // SOCI 4.0.3 has no option for a connection without a mutex. The process-wide setting
        // gives it one like the baseline's, and this process has no other subject.
        if (sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK)
            throw std::runtime_error{"sqlite3_config came too late"};
        session.open(*soci::factory_sqlite3(), "dbname=" + where.place);
        return "no connection mutex (by sqlite3_config), " + way;
    };
    return kind;
}

}  // namespace bench
