// SPDX-License-Identifier: MIT
#include "backend/attempt.hpp"
#include "backend/odbc/connect.hpp"
#include "backend/odbc/connection.hpp"
#include <roam/backend/odbc.hpp>
#include <roam/error.hpp>

#include <soci/error.h>

#include <mutex>
#include <utility>

namespace roam::odbc {
namespace {

using clock = std::chrono::steady_clock;
using attempt_result = backend::attempt_result<session_ptr>;

// What of the message of SOCI is the driver's.
std::string refusal_of(soci::soci_error const& refused, attribute_list const& attributes) {
    std::string text = refused.what();
    if (auto const begin = text.find('['); begin != std::string::npos)
        text.erase(0, begin);
    while (text.ends_with('\n') || text.ends_with(' '))
        text.pop_back();
    return attributes.cleaned(text);
}

/// psqlODBC asks for the locale's name and sets the locale while it connects: both are the
/// process's, so that connections are made one after the other. A data source may be its.
std::unique_lock<std::mutex> turn_to_connect(attribute_list const& attributes) {
    static std::mutex one_at_a_time;
    auto const* const driver = attributes.find("Driver");
    if (driver != nullptr && driver->find("psqlodbc") == std::string::npos &&
        driver->find("PostgreSQL") == std::string::npos) {
        return {};
    }
    return std::unique_lock{one_at_a_time};
}

class odbc_connector final : public backend::connector {
public:
    explicit odbc_connector(options how)
        : options_(std::move(how)),
          attributes_(attributes_of(options_)),
          shown_("odbc:" +
                 attribute_list::parse(options_.connection_string).text_without_passwords()) {}

    std::unique_ptr<backend::connection> open(clock::time_point deadline) override {
        auto const end = backend::attempt_end(deadline, options_.connect_timeout, shown_);
        return std::make_unique<odbc_connection>(
            session_until(attributes_, shown_, end),
            [attributes = attributes_, shown = shown_](std::chrono::seconds limit) {
                return session_until(attributes, shown, clock::now() + limit);
            },
            options_.statement_timeout, is_in_memory());
    }

    std::string description() const override { return shown_; }

    std::size_t max_connections() const override {
        return is_in_memory() ? 1 : connector::max_connections();
    }

private:
    static session_ptr session_until(attribute_list const& attributes, std::string const& shown,
                                     clock::time_point deadline) {
        auto made = backend::open_until(deadline, shown, [attributes] {
            auto const turn = turn_to_connect(attributes);
            try {
                return attempt_result{open_session(attributes.text()), {}};
            } catch (soci::soci_error const& refused) {
                return attempt_result{nullptr, refusal_of(refused, attributes)};
            }
        });
        if (made.session == nullptr)
            throw connection_error("cannot connect to " + shown + ": " + made.refusal);
        return std::move(made.session);
    }

    /// A SQLite database that is gone with its connection.
    bool is_in_memory() const {
        auto const* const file = attributes_.find("Database");
        return file != nullptr && *file == ":memory:";
    }

    options const options_;
    attribute_list const attributes_;
    std::string const shown_;
};

class odbc_driver final : public backend::driver {
public:
    std::string_view scheme() const noexcept override { return "odbc"; }
    std::string_view soci_name() const noexcept override { return "odbc"; }

    std::shared_ptr<backend::connector> configure(backend::url const& where) const override {
        auto how = options_of(where);
        try {
            return make_connector(std::move(how));
        } catch (url_error const&) {
            throw;
        } catch (usage_error const& wrong) {
            throw url_error(wrong.what());
        }
    }

    std::unique_ptr<backend::connection> adopt(soci::session&) const override {
        throw unsupported_error(
            "a SOCI session of ODBC cannot be adopted: how its driver reads and writes values was "
            "decided by the connection string; open an odbc: URL and use the session's soci()");
    }
};

// Never destroyed: a static database may be closed after the static objects of this library (D18).
odbc_driver const& the_driver() {
    static auto const& driver = *new odbc_driver;
    return driver;
}

}  // namespace

std::shared_ptr<backend::connector> make_connector(options how) {
    backend::attempts::all();  // before the connector's owner, who may be static (D18)
    return std::make_shared<odbc_connector>(std::move(how));
}

driver_facts facts_of(void* connection_handle) {
    SQLUSMALLINT can_cancel = SQL_FALSE;
    if (!SQL_SUCCEEDED(SQLGetFunctions(connection_handle, SQL_API_SQLCANCEL, &can_cancel)))
        throw usage_error("the handle is no open SQLHDBC");
    driver_facts facts;
    facts.dbms_name = text_info(connection_handle, SQL_DBMS_NAME);
    facts.dbms_version = text_info(connection_handle, SQL_DBMS_VER);
    facts.driver_name = text_info(connection_handle, SQL_DRIVER_NAME);
    facts.driver_version = text_info(connection_handle, SQL_DRIVER_VER);
    facts.odbc_version = text_info(connection_handle, SQL_DRIVER_ODBC_VER);
    facts.manager_version = text_info(connection_handle, SQL_DM_VER);
    facts.can_cancel = can_cancel == SQL_TRUE;
    SQLUSMALLINT transactions = SQL_TC_NONE;
    SQLSMALLINT size = 0;
    SQLGetInfo(connection_handle, SQL_TXN_CAPABLE, &transactions, sizeof transactions, &size);
    facts.has_transactions = transactions != SQL_TC_NONE;
    return facts;
}

void register_driver() { backend::register_driver(the_driver()); }

}  // namespace roam::odbc
