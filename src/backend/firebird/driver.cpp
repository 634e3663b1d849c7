// SPDX-License-Identifier: MIT
#include "backend/attempt.hpp"
#include "backend/firebird/connect.hpp"
#include "backend/firebird/connection.hpp"
#include <roam/backend/firebird.hpp>
#include <roam/error.hpp>

#include <filesystem>
#include <utility>

namespace roam::firebird {
namespace {

using clock = std::chrono::steady_clock;

backend::attempt_result<session_ptr> try_to_open(options const& how) {
    try {
        if (how.host.empty() && how.create && !std::filesystem::exists(how.path))
            create_file(how);
        return {open_session(connection_string(how)), {}};
    } catch (std::exception const& refused) {
        return {nullptr, refused.what()};
    }
}

class fb_connector final : public backend::connector {
public:
    explicit fb_connector(options how) : options_(std::move(how)) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto const end = backend::attempt_end(deadline, options_.connect_timeout, description());
        auto made =
            backend::open_until(end, description(), [how = options_] { return try_to_open(how); });
        if (made.session == nullptr) {
            throw connection_error("cannot connect to " + description() + ": " +
                                   without_password(made.refusal, options_));
        }
        return std::make_unique<fb_connection>(std::move(made.session), options_);
    }

    std::string description() const override { return description_of(options_); }

private:
    options const options_;
};

class fb_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "firebird"; }
    std::string_view soci_name() const noexcept override { return "firebird"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        return make_connector(options_of(where));
    }

    std::unique_ptr<backend::connection> adopt(soci::session& session) const override {
        return std::make_unique<fb_connection>(session);
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
fb_driver const& the_driver() {
    static auto const& driver = *new fb_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    check(how);
    touch_statics();
    backend::attempts::all();  // before the connector's owner, who may be static (D18)
    return std::make_shared<fb_connector>(std::move(how));
}

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::firebird
