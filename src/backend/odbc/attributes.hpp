// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roam::odbc {

/// An ODBC connection string in its parts: "Driver={My driver};Pwd={a;b}".
class attribute_list {
public:
    /// Throws usage_error, which quotes nothing of the text: it may hold a password.
    static attribute_list parse(std::string_view text);

    /// The value of a keyword, in whatever case; nullptr without one.
    std::string const* find(std::string_view keyword) const;

    void set(std::string_view keyword, std::string value);
    void set_default(std::string_view keyword, std::string_view value);

    /// The string again, in braces what needs them.
    std::string text() const;

    /// The same with "***" for passwords.
    std::string text_without_passwords() const;

    /// `message`, in which no password of this list is left.
    std::string cleaned(std::string_view message) const;

private:
    std::vector<std::pair<std::string, std::string>> attributes_;
};

}  // namespace roam::odbc
