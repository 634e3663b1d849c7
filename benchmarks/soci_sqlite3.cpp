// SPDX-License-Identifier: MIT
#include "soci.hpp"

// Brings sqlite3.h along, inside of namespace sqlite_api: never include both here.
#include <soci/sqlite3/soci-sqlite3.h>

bench::subject bench::make_subject() {
    soci_kind kind;
    kind.name = "soci_sqlite3";
    kind.library = std::string{"sqlite "} + sqlite_api::sqlite3_libversion();
    kind.backends = {backend::memory, backend::file};
    kind.open = [](soci::session& session, target const& where) {
        // SOCI 4.0.3 has no option for a connection without a mutex. The process-wide setting
        // gives it one like the baseline's, and this process has no other subject.
        if (sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK)
            throw std::runtime_error{"sqlite3_config came too late"};
        session.open(*soci::factory_sqlite3(), "dbname=" + where.place);
        return std::string{"no connection mutex (by sqlite3_config), scalar into/use"};
    };
    return soci_subject(std::move(kind));
}
