// SPDX-License-Identifier: MIT
#include "backend/attempt.hpp"
#include "backend/mysql/connect.hpp"
#include "backend/mysql/connection.hpp"
#include "backend/mysql/threads.hpp"
#include <roam/backend/mysql.hpp>
#include <roam/error.hpp>

#include <soci/error.h>

#include <utility>

namespace roam::mysql {
namespace {

using clock = std::chrono::steady_clock;

backend::attempt_result<session_ptr> try_to_open(std::string const& text) {
    enter_thread();
    try {
        return {open_session(text), {}};
    } catch (soci::soci_error const& refused) {
        return {nullptr, refused.what()};
    }
}

class my_connector final : public backend::connector {
public:
    explicit my_connector(options how) : options_(std::move(how)) {}

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
        return std::make_unique<my_connection>(std::move(made.session), options_.statement_timeout);
    }

    std::string description() const override { return description_of(options_); }

private:
    options const options_;
};

class my_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "mysql"; }
    std::string_view soci_name() const noexcept override { return "mysql"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(options_of(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        initialize_library();
        return std::make_unique<my_connection>(session);
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
my_driver const& the_driver() {
    static auto const& driver = *new my_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    check(how);
    initialize_library();
    backend::attempts::all();  // before the connector's owner, who may be static (D18)
    return std::make_shared<my_connector>(std::move(how));
}

client_facts client() noexcept {
    return {mysql_get_client_version(), mysql_thread_safe() != 0, threads_begun(), threads_ended()};
}

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::mysql
