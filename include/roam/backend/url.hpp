// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roam::backend {

/// A database URL in its parts, percent-decoded.
///
///     sqlite:library.db              relative        sqlite:/var/lib/x.db      absolute
///     sqlite::memory:                private memory  sqlite:///x (four slashes: absolute) as
///                                                    SQLAlchemy means it
///     odbc:Driver=...;Server=...     ODBC's connection string
///     firebird:library.fdb           a file          firebird://user:secret@host//var/x.fdb
///     postgresql://user:secret@host:5432/name?connect_timeout=3&application_name=shop
///
/// Thread safety: a plain value.
struct url {
    std::string scheme;  ///< lower case
    std::string user;
    std::optional<std::string> password;
    std::string host;
    std::string port;
    std::string path;  ///< file name, database name without a leading '/', or ODBC's string
    std::vector<std::pair<std::string, std::string>> options;  ///< the query part, in order

    /// Throws url_error, which shows the text without its password.
    static url parse(std::string_view text);

    /// The URL again, "***" in place of the password.
    std::string without_password() const;

    /// The value of an option, removed from `options`; what is left over is unknown.
    std::optional<std::string> take(std::string_view name);

    /// The same for a whole number. Throws url_error unless it is one from `least` to `most`.
    std::optional<std::int64_t> take_number(std::string_view name, std::int64_t least,
                                            std::int64_t most);

    /// Throws url_error when an option is left; the message lists `known`.
    void reject_unknown(std::string_view known) const;
};

}  // namespace roam::backend
