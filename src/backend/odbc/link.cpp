// SPDX-License-Identifier: MIT
#include "backend/odbc/link.hpp"
#include <roam/error.hpp>

#include <soci/odbc/soci-odbc.h>
#include <soci/session.h>

#include <atomic>
#include <utility>

namespace roam::odbc {
namespace {

SQLCHAR* characters(std::string const& text) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

/// Empty for a handle that is no more.
std::string name_of(SQLHSTMT statement) {
    char name[32] = "";
    SQLSMALLINT size = 0;
    auto const result =
        SQLGetCursorName(statement, reinterpret_cast<SQLCHAR*>(name), sizeof name, &size);
    return SQL_SUCCEEDED(result) ? name : std::string{};
}

soci::odbc_session_backend* backend_of(soci::session& session) noexcept {
    return static_cast<soci::odbc_session_backend*>(session.get_backend());
}

}  // namespace

void session_closer::operator()(soci::session* session) const noexcept { delete session; }

session_ptr open_session(std::string const& connection_string) {
    soci::connection_parameters how{*soci::factory_odbc(), connection_string};
    how.set_option(soci::odbc_option_driver_complete, std::to_string(SQL_DRIVER_NOPROMPT));
    return session_ptr{new soci::session{how}};
}

void close_session(session_ptr session) noexcept {
    if (session == nullptr)
        return;
    auto* const backend = backend_of(*session);
    if (backend == nullptr)  // the program closed it
        return;
    SQLUINTEGER automatic = SQL_AUTOCOMMIT_ON;
    SQLGetConnectAttr(backend->hdbc_, SQL_ATTR_AUTOCOMMIT, &automatic, 0, nullptr);
    bool const refused = automatic == SQL_AUTOCOMMIT_OFF &&
                         !SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, backend->hdbc_, SQL_ROLLBACK));
    if (refused) {
        SQLDisconnect(backend->hdbc_);
        static_cast<void>(session.release());
    }
}

bool run_on(soci::session& session, std::string_view sql) noexcept {
    SQLHSTMT statement = nullptr;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, backend_of(session)->hdbc_, &statement)))
        return false;
    auto* const text = reinterpret_cast<SQLCHAR*>(const_cast<char*>(sql.data()));
    auto const result = SQLExecDirect(statement, text, static_cast<SQLINTEGER>(sql.size()));
    SQLFreeHandle(SQL_HANDLE_STMT, statement);
    return SQL_SUCCEEDED(result);
}

link_identity::link_identity(soci::session& session)
    : session_(&session),
      backend_(session.get_backend()),
      handle_(backend_of(session)->hdbc_) {
    static std::atomic<unsigned> next{0};
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, handle_, &mark_)))
        throw connection_error("the ODBC driver makes no statement");
    // SQLite's driver takes no name; the one that it gives itself will do.
    auto const name = "roam_" + std::to_string(next.fetch_add(1));
    SQLSetCursorName(mark_, characters(name), SQL_NTS);
    name_ = name_of(mark_);
}

void link_identity::unmark() noexcept {
    if (mark_ != nullptr && holds())
        SQLFreeHandle(SQL_HANDLE_STMT, mark_);
    mark_ = nullptr;
}

bool link_identity::holds() const noexcept {
    auto* const backend = session_->get_backend();
    if (backend != backend_ || backend == nullptr || backend_of(*session_)->hdbc_ != handle_)
        return false;
    return name_of(mark_) == name_;
}

}  // namespace roam::odbc
