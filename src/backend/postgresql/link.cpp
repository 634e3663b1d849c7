// SPDX-License-Identifier: MIT
#include "backend/postgresql/link.hpp"
#include <roam/error.hpp>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/session.h>

namespace roam::postgresql {

void session_closer::operator()(soci::session* session) const noexcept { delete session; }

session_ptr open_session(std::string const& connection_string) {
    return session_ptr{new soci::session{*soci::factory_postgresql(), connection_string}};
}

link_identity::link_identity(soci::session& session) : session_(&session) {
    auto* const backend = session.get_backend();
    if (backend == nullptr)
        throw usage_error("the SOCI session is not connected");
    // Not dynamic_cast: SOCI 4.0.3's shared library does not export the typeinfo.
    if (auto const name = session.get_backend_name(); name != "postgresql") {
        throw usage_error("the SOCI session is one of '" + name + "', not of 'postgresql'");
    }
    backend_ = backend;
    type_ = &typeid(*backend);
    handle_ = static_cast<soci::postgresql_session_backend*>(backend)->conn_;
    process_ = PQbackendPID(handle_);
}

bool link_identity::holds() const noexcept {
    auto* const backend = session_->get_backend();
    if (backend != backend_ || backend == nullptr || &typeid(*backend) != type_)
        return false;
    auto* const handle = static_cast<soci::postgresql_session_backend*>(backend)->conn_;
    if (handle != handle_)
        return false;
    // A broken link has no process any more, but is still the same.
    int const process = PQbackendPID(handle);
    return process == process_ || process == 0;
}

}  // namespace roam::postgresql
