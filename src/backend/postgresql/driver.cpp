// SPDX-License-Identifier: MIT
#include "backend/postgresql/connect.hpp"
#include "backend/postgresql/connection.hpp"
#include <roam/backend/postgresql.hpp>
#include <roam/error.hpp>

#include <soci/error.h>

#include <algorithm>
#include <mutex>
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

class pg_connector final : public backend::connector {
public:
    explicit pg_connector(options how) : options_(std::move(how)) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto left = std::chrono::ceil<std::chrono::seconds>(deadline - clock::now());
        if (left.count() <= 0) {
            throw connection_error("no time was left to connect to " + description());
        }
        if (options_.connect_timeout && options_.connect_timeout->count() > 0) {
            left = std::min(left, *options_.connect_timeout);
        }
        try {
            return std::make_unique<pg_connection>(open_session(connection_string(options_, left)),
                                                   options_.statement_timeout);
        } catch (soci::soci_error const& refused) {
            throw connection_error("cannot connect to " + description() + ": " +
                                   without_password(refused.what(), options_));
        }
    }

    std::string description() const override { return description_of(options_); }

    std::string_view begin_sql(bool read_only) const override {
        return read_only ? "BEGIN READ ONLY" : "BEGIN";
    }

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
    return std::make_shared<pg_connector>(std::move(how));
}

client_facts client() noexcept { return {PQlibVersion(), PQisthreadsafe() == 1}; }

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::postgresql
