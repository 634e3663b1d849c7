// SPDX-License-Identifier: MIT
#pragma once

#include "soci.hpp"

#include <soci/postgresql/soci-postgresql.h>

#include <memory>

namespace bench {

// SOCI 4.0.3 takes a URL for an option without a value and appends "=": it wants key=value pairs.
inline std::string key_values(std::string const& url) {
    std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> const parts{
        PQconninfoParse(url.c_str(), nullptr), PQconninfoFree};
    std::string text;
    for (auto const* part = parts.get(); part != nullptr && part->keyword != nullptr; ++part) {
        if (part->val != nullptr)
            text += std::string{part->keyword} + "=" + part->val + " ";
    }
    return text;
}

inline soci_kind soci_postgresql(std::string name, std::string const& way) {
    soci_kind kind;
    kind.name = std::move(name);
    auto const version = PQlibVersion();
    kind.library =
        "libpq " + std::to_string(version / 10000) + "." + std::to_string(version % 10000);
    kind.backends = {backend::postgresql};
    kind.key_by_returning = true;
    kind.open = [way](soci::session& session, target const& where) {
        session.open(*soci::factory_postgresql(), key_values(where.place));
        session << "set client_min_messages = warning";
        std::string server;
        std::string fsync;
        session << "show server_version", soci::into(server);
        session << "show fsync", soci::into(fsync);
        return "server " + server + ", fsync " + fsync + ", text format, " + way;
    };
    return kind;
}

}  // namespace bench
