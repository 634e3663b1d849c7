// SPDX-License-Identifier: MIT
#include "backend/attempt.hpp"
#include "backend/postgresql/connect.hpp"
#include "backend/postgresql/connection.hpp"
#include <roam/backend/postgresql.hpp>
#include <roam/error.hpp>

#include <soci/error.h>

#include <utility>

namespace roam::postgresql {
namespace {

using clock = std::chrono::steady_clock;

void require_thread_safe_client() {
    static bool const safe = PQisthreadsafe() == 1;
    if (!safe) {
        throw unsupported_error(
            "this libpq was built without thread safety (--disable-thread-safety): Roam's sessions "
            "run in any thread");
    }
}

backend::attempt_result<session_ptr> try_to_open(std::string const& text) {
    try {
        return {open_session(text), {}};
    } catch (soci::soci_error const& refused) {
        return {nullptr, refused.what()};
    }
}

class pg_connector final : public backend::connector {
public:
    explicit pg_connector(options how) : options_(std::move(how)) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto const end = backend::attempt_end(deadline, options_.connect_timeout, description());
        auto const limit = std::chrono::ceil<std::chrono::seconds>(end - clock::now());
        auto made = backend::open_until(
            end, description(),
            [text = connection_string(options_, limit)] { return try_to_open(text); });
        if (made.session == nullptr) {
            throw connection_error("cannot connect to " + description() + ": " +
                                   without_password(made.refusal, options_));
        }
        return std::make_unique<pg_connection>(std::move(made.session), options_.statement_timeout,
                                               options_.pooler);
    }

    std::string description() const override { return description_of(options_); }

private:
    options const options_;
};

class pg_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "postgresql"; }
    std::string_view soci_name() const noexcept override { return "postgresql"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(options_of(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        require_thread_safe_client();
        return std::make_unique<pg_connection>(session);
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
pg_driver const& the_driver() {
    static auto const& driver = *new pg_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    require_thread_safe_client();
    check(how);
    backend::attempts::all();  // before the connector's owner, who may be static (D18)
    return std::make_shared<pg_connector>(std::move(how));
}

client_facts client() noexcept { return {PQlibVersion(), PQisthreadsafe() == 1}; }

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::postgresql
