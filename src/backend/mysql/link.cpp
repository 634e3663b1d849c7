// SPDX-License-Identifier: MIT
#include "backend/mysql/link.hpp"
#include <roam/error.hpp>

#include <soci/mysql/soci-mysql.h>
#include <soci/session.h>

namespace roam::mysql {

void session_closer::operator()(soci::session* session) const noexcept { delete session; }

session_ptr open_session(std::string const& connection_string) {
    return session_ptr{new soci::session{*soci::factory_mysql(), connection_string}};
}

void touch_statics() {
    try {
        open_session("no connection string");  // looked at after they have been made
    } catch (soci::soci_error const&) {
    }
}

link_identity::link_identity(soci::session& session) : session_(&session) {
    auto* const backend = session.get_backend();
    if (backend == nullptr)
        throw usage_error("the SOCI session is not connected");
    // Not dynamic_cast: SOCI 4.0.3's shared library does not export the typeinfo.
    if (auto const name = session.get_backend_name(); name != "mysql") {
        throw usage_error("the SOCI session is one of '" + name + "', not of 'mysql'");
    }
    backend_ = backend;
    type_ = &typeid(*backend);
    handle_ = static_cast<soci::mysql_session_backend*>(backend)->conn_;
    number_ = mysql_thread_id(handle_);
}

bool link_identity::holds() const noexcept {
    auto* const backend = session_->get_backend();
    if (backend != backend_ || backend == nullptr || &typeid(*backend) != type_)
        return false;
    auto* const handle = static_cast<soci::mysql_session_backend*>(backend)->conn_;
    return handle == handle_ && mysql_thread_id(handle) == number_;
}

}  // namespace roam::mysql
