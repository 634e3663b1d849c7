// SPDX-License-Identifier: MIT
#include "backend/sqlite/soci_bridge.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <exception>
#include <string>
#include <utility>

namespace roam::sqlite::detail {
namespace {

// SOCI 4.0.3 hides the backend's type information, so a dynamic_cast does not link. The name
// decides instead; only a foreign backend that calls itself sqlite3 could deceive it.
soci::sqlite3_session_backend* backend_of(soci::session& session) {
    auto* const backend = session.get_backend();
    if (backend == nullptr || backend->get_backend_name() != "sqlite3")
        return nullptr;
    return static_cast<soci::sqlite3_session_backend*>(backend);
}

// Builds the stock backend on an empty memory database and gives it our handle, because its own
// way of opening has no NOMUTEX, no extended codes and no way to refuse to make the file.
class handle_factory final : public soci::backend_factory {
public:
    handle_factory(open_function open, std::chrono::steady_clock::time_point deadline,
                   std::chrono::milliseconds reconnect_wait)
        : open_(std::move(open)),
          deadline_(deadline),
          reconnect_wait_(reconnect_wait) {}

    soci::details::session_backend* make_session(
        soci::connection_parameters const&) const override {
        auto const deadline =
            opened_ ? std::chrono::steady_clock::now() + reconnect_wait_ : deadline_;
        opened_ = true;
        void* const handle = open_(deadline);
        // By factory object, never by backend name: parameters made from a name share a plain
        // int as reference count between threads. And through a reference to the base: the
        // compiler would call the derived make_session directly, which is a hidden symbol.
        soci::backend_factory const& stock = *soci::factory_sqlite3();
        try {
            auto* const made = static_cast<soci::sqlite3_session_backend*>(
                stock.make_session(soci::connection_parameters{stock, ":memory:"}));
            sqlite_api::sqlite3_close(made->conn_);
            made->conn_ = static_cast<sqlite_api::sqlite3*>(handle);
            return made;
        } catch (...) {
            sqlite_api::sqlite3_close(static_cast<sqlite_api::sqlite3*>(handle));
            throw;
        }
    }

private:
    open_function open_;
    std::chrono::steady_clock::time_point deadline_;
    std::chrono::milliseconds reconnect_wait_;
    mutable bool opened_ = false;
};

}  // namespace

struct session_holder {
    session_holder(open_function open, std::chrono::steady_clock::time_point deadline,
                   std::chrono::milliseconds reconnect_wait)
        : factory(std::move(open), deadline, reconnect_wait),
          session(factory, "") {}

    handle_factory factory;  // before the session, which refers to it until it is destroyed
    soci::session session;
};

void session_closer::operator()(session_holder* holder) const noexcept { delete holder; }

owned_session open_session(open_function open, std::chrono::steady_clock::time_point deadline,
                           std::chrono::milliseconds reconnect_wait) {
    return owned_session{new session_holder{std::move(open), deadline, reconnect_wait}};
}

soci::session& session_of(session_holder& holder) noexcept { return holder.session; }

void* native_handle(soci::session& session) {
    auto* const backend = backend_of(session);
    return backend == nullptr ? nullptr : backend->conn_;
}

void* release_handle(soci::session& session) {
    auto* const backend = backend_of(session);
    return backend == nullptr ? nullptr : std::exchange(backend->conn_, nullptr);
}

void touch_soci() noexcept { soci::factory_sqlite3(); }

}  // namespace roam::sqlite::detail
