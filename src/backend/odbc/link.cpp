// SPDX-License-Identifier: MIT
#include "backend/odbc/link.hpp"
#include <roam/error.hpp>

#include <soci/odbc/soci-odbc.h>
#include <soci/session.h>

namespace roam::odbc {
namespace {

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

// The string is SOCI's copy of what the driver made of the connection string: at most 2048 bytes.
link_identity::link_identity(soci::session& session)
    : session_(&session),
      handle_(backend_of(session)->hdbc_) {
    auto& text = backend_of(session)->connection_string_;
    text.reserve(2 * text.capacity() + 4096);
    room_ = text.capacity();
}

bool link_identity::holds() const noexcept {
    auto* const backend = backend_of(*session_);
    return backend != nullptr && backend->hdbc_ == handle_ &&
           backend->connection_string_.capacity() == room_;
}

}  // namespace roam::odbc
