// SPDX-License-Identifier: MIT
#include "soci.hpp"

#include <soci/postgresql/soci-postgresql.h>

bench::subject bench::make_subject() {
    soci_kind kind;
    kind.name = "soci_postgresql";
    auto const version = PQlibVersion();
    kind.library =
        "libpq " + std::to_string(version / 10000) + "." + std::to_string(version % 10000);
    kind.backends = {backend::postgresql};
    kind.key_by_returning = true;
    kind.open = [](soci::session& session, target const& where) {
        session.open(*soci::factory_postgresql(), where.place);
        session << "set client_min_messages = warning";
        std::string server;
        std::string fsync;
        session << "show server_version", soci::into(server);
        session << "show fsync", soci::into(fsync);
        return "server " + server + ", fsync " + fsync + ", text format, scalar into/use";
    };
    return soci_subject(std::move(kind));
}
