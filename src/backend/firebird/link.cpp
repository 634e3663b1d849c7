// SPDX-License-Identifier: MIT
#include "backend/firebird/link.hpp"
#include <roam/error.hpp>

#include <soci/firebird/soci-firebird.h>
#include <soci/session.h>

namespace roam::firebird {
namespace {

soci::firebird_session_backend* backend_of(soci::session& session) {
    return static_cast<soci::firebird_session_backend*>(session.get_backend());
}

}  // namespace

void session_closer::operator()(soci::session* session) const noexcept {
    roll_back(*session);  // it would not detach before
    delete session;
}

session_ptr open_session(std::string const& connection_string) {
    return session_ptr{new soci::session{*soci::factory_firebird(), connection_string}};
}

void touch_statics() {
    try {
        open_session("no connection string");  // looked at after they have been made
    } catch (soci::soci_error const&) {
    }
}

void roll_back(soci::session& session) noexcept try {
    if (session.get_backend() != nullptr)
        session.rollback();
} catch (...) {
}

link_identity::link_identity(soci::session& session) : session_(&session) {
    auto* const backend = session.get_backend();
    if (backend == nullptr)
        throw usage_error("the SOCI session is not connected");
    // Not dynamic_cast: SOCI 4.0.3's shared library does not export the typeinfo.
    if (auto const name = session.get_backend_name(); name != "firebird") {
        throw usage_error("the SOCI session is one of '" + name + "', not of 'firebird'");
    }
    backend_ = backend;
    type_ = &typeid(*backend);
    handle_ = backend_of(session)->dbhp_;
}

bool link_identity::holds() const noexcept {
    auto* const backend = session_->get_backend();
    if (backend != backend_ || backend == nullptr || &typeid(*backend) != type_)
        return false;
    return backend_of(*session_)->dbhp_ == handle_;
}

void link_identity::replace(isc_db_handle with) noexcept {
    handle_ = with;
    backend_of(*session_)->dbhp_ = with;
}

}  // namespace roam::firebird
